/**
 * The arguments with which FFmpeg makes the MP4 of the tracks. The reasons for each are measurements on recordings of
 * browsers with FFmpeg 5.1; docs/compiling.md tells them.
 */
import { type Colors, scaleColors, setColors } from "@/lib/media/colors";
import { type InputFile, type InputLimits, inputArgs } from "@/lib/media/ffmpeg-input";
import { PROGRESS_ARGS } from "@/lib/media/ffmpeg-progress";
import type { PictureSize } from "@/lib/media/picture-size";
import { deviceArgs, encoderArgs, handOverFilters, type PictureEncoding } from "@/lib/media/video-encoders";

/** Where one stream comes from. */
export interface StreamSource extends InputFile {
  /** Milliseconds by which it begins later than its file. */
  startMs: number;
}

export interface VideoPlan extends StreamSource {
  /** Of the compiled picture. */
  size: PictureSize;
  /** How much later than the compiled file the picture begins; more than 0 only where sound would be lost otherwise. */
  delayMs: number;
  /** null: the picture is copied. */
  encode: PictureEncoding | null;
  /** The last picture has no length of its own; it is where the picture ends. */
  marksEnd?: boolean;
  /** What the picture's colours are recorded in, and what they are to become; left out: they stay as they are. */
  colors?: { recorded: Colors; compiled: Colors };
}

export interface AudioPlan extends StreamSource {
  /** null: the sound is copied, and must need no shift. */
  encode: { bitrateBps: number } | null;
  /** How much later the picture begins than the sound; negative: the sound is later. Milliseconds. */
  offsetMs: number;
  /** FFmpeg takes Opus in MP4 to begin with 80 ms that are not to be heard; recorders mean them to be. */
  keepFirstSamples: boolean;
}

/** What is to be made. At least one of the two is there. */
export interface CompilePlan {
  video: VideoPlan | null;
  audio: AudioPlan | null;
  title: string;
  recordedAt: Date;
}

export interface CompileLimits extends InputLimits {
  threads: number;
  /** Bound of the file that is written. */
  maxOutputBytes: number;
}

/** Steps of time of the picture; a multiple of every usual frame rate. */
const TIMESCALE = 90_000;

/** FFmpeg would let the last picture last as long as one does on average; a millisecond is what its input's clock counts. */
const LAST_MARKS_END = ["-bsf:v", `setts=duration=if(eq(NEXT_PTS\\,NOPTS)\\,${TIMESCALE / 1000}\\,NEXT_PTS-PTS)`];

/** @param outFile absolute path of the MP4 to be written */
export function compileArgs(plan: CompilePlan, limits: CompileLimits, outFile: string): string[] {
  const { video, audio } = plan;
  const inputs = [video, audio].filter((source) => source !== null);
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", ...PROGRESS_ARGS, "-y", "-abort_on", "empty_output"],
    ...(video?.encode ? deviceArgs(video.encode) : []),
    ...["-filter_threads", String(limits.threads)],
    ...inputs.flatMap((source) => inputArgs(source, limits, inputOptions(source, limits))),
    ...(video === null ? [] : ["-map", "0:v:0", ...videoArgs(video, limits)]),
    ...(audio === null ? [] : ["-map", `${inputs.length - 1}:a:0`, ...audioArgs(audio)]),
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"],
    ...aboutArgs(plan),
    ...["-fs", String(limits.maxOutputBytes), "-movflags", "+faststart", "-f", "mp4", `file:${outFile}`],
  ];
}

/** What the file says of itself. */
export function aboutArgs({ title, recordedAt }: Pick<CompilePlan, "title" | "recordedAt">): string[] {
  return ["-metadata", `title=${title}`, "-metadata", `creation_time=${recordedAt.toISOString()}`];
}

/** Options before the input that a stream is read from. */
export function inputOptions(source: VideoPlan | AudioPlan, { threads }: Pick<CompileLimits, "threads">): string[] {
  // Of a file with both, FFmpeg begins with whichever comes first; each is to begin at 0.
  const shiftMs = ("delayMs" in source ? source.delayMs : 0) - source.startMs;
  return [
    ...["-threads", String(threads)],
    ...(shiftMs === 0 ? [] : ["-itsoffset", `${shiftMs}ms`]),
    ...("keepFirstSamples" in source && source.keepFirstSamples ? ["-flags2", "+skip_manual"] : []),
  ];
}

/** How the picture is copied or encoded. */
export function videoArgs(
  {
    encode,
    size: { width, height },
    colors,
    marksEnd = false,
  }: Pick<VideoPlan, "encode" | "size" | "colors" | "marksEnd">,
  { threads }: Pick<CompileLimits, "threads">,
): string[] {
  const timescale = ["-video_track_timescale", String(TIMESCALE)];
  if (encode === null) return ["-c:v", "copy", ...(marksEnd ? LAST_MARKS_END : []), ...timescale];
  const filters = [
    // A picture that changes its size is fitted into the first; the filter is set up anew at each change.
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2${scaleColors(colors)}`,
    `pad=${width}:${height}:-1:-1:color=black`,
    "setsar=1",
    "format=yuv420p",
    ...setColors(colors),
    ...handOverFilters(encode),
  ];
  return [
    ...["-vf", filters.join(","), ...encoderArgs(encode, threads)],
    // Frames keep their times: FFmpeg's guess of a constant rate is 1000 a second for many recordings.
    ...["-fps_mode", "vfr", "-enc_time_base", `1:${TIMESCALE}`, ...timescale],
  ];
}

function audioArgs({ encode, offsetMs }: AudioPlan): string[] {
  if (encode === null) return ["-c:a", "copy"];
  return [...soundFilterArgs(offsetMs), "-c:a", "aac", "-b:a", String(encode.bitrateBps), "-ac", "2"];
}

/** How the sound of a later part of a track goes on where that of the part before ended. */
export interface ResumedSound {
  /** Decoded samples that are left out at the beginning. */
  skipSamples: number;
  /** How far timestamps were ahead of the samples by then: what is not corrected yet is to be known as it was. */
  aheadSamples: number;
}

/**
 * Filters that put the sound where it belongs beside the picture.
 *
 * @param offsetMs as in {@link AudioPlan}
 * @param resumed where the sound goes on for an encoder that has ended; left out: it is the beginning
 */
export function soundFilterArgs(offsetMs: number, resumed?: ResumedSound): string[] {
  const { skipSamples = 0, aheadSamples = 0 } = resumed ?? {};
  const filters = [
    ...(aheadSamples === 0 ? [] : [`asetpts=PTS+gt(N\\,0)*(${aheadSamples})`]),
    // Where packets are missing there is silence of that length. Stronger forms of this filter bend the pitch.
    "aresample=async=1:min_comp=0.01:min_hard_comp=0.02",
    ...(skipSamples > 0 ? [`atrim=start_sample=${skipSamples}`] : []),
    ...(offsetMs >= 1 ? [`atrim=start=${(offsetMs / 1000).toFixed(3)}`, "asetpts=PTS-STARTPTS"] : []),
    ...(offsetMs <= -1 ? [`adelay=${Math.round(-offsetMs)}:all=1`] : []),
  ];
  return ["-af", filters.join(",")];
}
