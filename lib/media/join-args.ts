/**
 * The arguments with which the takes of a recording become one MP4: each picture is brought to one form by itself, the
 * sound of all is decoded to samples, laid out and encoded once, and the two are joined by their packets.
 */
import {
  type AudioPlan,
  aboutArgs,
  type CompileLimits,
  type CompilePlan,
  inputOptions,
  soundFilterArgs,
  type VideoPlan,
  videoArgs,
} from "@/lib/media/compile-args";
import { inputArgs } from "@/lib/media/ffmpeg-input";
import { PROGRESS_ARGS } from "@/lib/media/ffmpeg-progress";
import { deviceArgs } from "@/lib/media/video-encoders";

/** Sound between decoding and encoding: as Opus has it, in stereo, as floating point so that nothing is cut off. */
export const SAMPLES = { rate: 48_000, channels: 2, format: "f32le", bytesPerFrame: 8 } as const;

const START = ["-nostdin", "-hide_banner", "-v", "error"];
/** An MP4 counts the length of a frame in 31 bits; a picture that stands for hours needs coarser ticks. */
const TIMESCALES = [90_000, 10_000, 1000] as const;
const MAX_TICKS = 2 ** 31 - 1;

/** Longest time that one picture may stand, milliseconds; 596 hours. */
export const MAX_STILL_MS = Math.floor((MAX_TICKS / (TIMESCALES.at(-1) as number)) * 1000);

/** Ticks of a second in a file in which a picture stands for so long. */
export function timescaleFor(longestStillMs: number): number {
  const fits = (timescale: number) => (longestStillMs / 1000) * timescale < MAX_TICKS;
  return TIMESCALES.find(fits) ?? (TIMESCALES.at(-1) as number);
}

/** Writes the sound of one take as {@link SAMPLES} to standard output. */
export function decodeSoundArgs(audio: AudioPlan, limits: CompileLimits): string[] {
  return [
    ...[...START, "-filter_threads", "1"],
    ...inputArgs(audio, limits, inputOptions(audio, limits)),
    ...["-map", "0:a:0", ...soundFilterArgs(audio.offsetMs), "-ar", String(SAMPLES.rate)],
    ...["-ac", String(SAMPLES.channels), "-f", SAMPLES.format, "-c:a", `pcm_${SAMPLES.format}`, "pipe:1"],
  ];
}

/** Encodes {@link SAMPLES} from standard input. @param outFile absolute path of the MP4 to be written */
export function encodeSoundArgs(bitrateBps: number, { maxOutputBytes }: CompileLimits, outFile: string): string[] {
  return [
    ...[...START, ...PROGRESS_ARGS, "-y", "-abort_on", "empty_output", "-protocol_whitelist", "pipe"],
    ...["-f", SAMPLES.format, "-ar", String(SAMPLES.rate), "-ac", String(SAMPLES.channels), "-i", "pipe:0"],
    ...["-c:a", "aac", "-b:a", String(bitrateBps), "-fs", String(maxOutputBytes), "-f", "mp4", `file:${outFile}`],
  ];
}

/** One black picture, as the encoded ones are. @param outFile absolute path of the MP4 to be written */
export function blackArgs(video: VideoPlan, limits: CompileLimits, outFile: string): string[] {
  const { width, height } = video.size;
  return [
    ...[...START, "-y", "-abort_on", "empty_output", ...(video.encode === null ? [] : deviceArgs(video.encode))],
    ...["-filter_threads", "1"],
    ...["-f", "lavfi", "-i", `color=c=black:s=${width}x${height}:r=30,format=yuv420p`, "-frames:v", "1"],
    ...[...videoArgs(blackColors(video), limits), "-f", "mp4", `file:${outFile}`],
  ];
}

/** Black is the same in all of them. */
function blackColors(video: VideoPlan): VideoPlan {
  return video.colors === undefined
    ? video
    : { ...video, colors: { recorded: video.colors.compiled, compiled: video.colors.compiled } };
}

/** A file in the folder of the list, and how long after its first picture that of the next comes; null: the last. */
export interface ListedPicture {
  filename: string;
  untilNextMs: number | null;
}

/** The script of FFmpeg's concat demuxer. Names are ours: letters, digits, dots and hyphens. */
export function joinList(pictures: readonly ListedPicture[]): string {
  const lines = pictures.flatMap(({ filename, untilNextMs }) => [
    `file ${filename}`,
    ...(untilNextMs === null ? [] : [`duration ${(untilNextMs / 1000).toFixed(3)}`]),
  ]);
  return `${["ffconcat version 1.0", ...lines].join("\n")}\n`;
}

export interface JoinPlan extends Pick<CompilePlan, "title" | "recordedAt"> {
  /** Absolute path of the {@link joinList}; null: there is no picture. */
  videoList: string | null;
  /** Absolute path of an MP4; null: there is no sound. */
  audioFile: string | null;
  timescale: number;
}

/** @param outFile absolute path of the MP4 to be written */
export function joinArgs(plan: JoinPlan, { maxOutputBytes }: CompileLimits, outFile: string): string[] {
  const { videoList, audioFile, timescale } = plan;
  const inputs = [
    ...(videoList === null
      ? []
      : // Relative names alone; the files it names are ours, and MP4.
        ["-f", "concat", "-safe", "1", "-format_whitelist", "concat,mov", "-protocol_whitelist", "file"].concat([
          "-i",
          `file:${videoList}`,
        ])),
    ...(audioFile === null ? [] : ["-f", "mov", "-protocol_whitelist", "file", "-i", `file:${audioFile}`]),
  ];
  return [
    ...[...START, ...PROGRESS_ARGS, "-y", "-abort_on", "empty_output"],
    // FFmpeg takes a step of more than 30 hours for an error and closes it.
    ...["-dts_error_threshold", String(MAX_STILL_MS / 1000), ...inputs],
    ...(videoList === null ? [] : ["-map", "0:v:0", "-video_track_timescale", String(timescale)]),
    ...(audioFile === null ? [] : ["-map", `${videoList === null ? 0 : 1}:a:0`]),
    ...["-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", ...aboutArgs(plan)],
    ...["-fs", String(maxOutputBytes), "-movflags", "+faststart", "-f", "mp4", `file:${outFile}`],
  ];
}
