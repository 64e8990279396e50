/** The arguments with which FFmpeg cuts a part out of a finished MP4, copied or encoded. */
import { aboutArgs, type CompileLimits, type CompilePlan } from "@/lib/media/compile-args";
import { inputArgs } from "@/lib/media/ffmpeg-input";
import { PROGRESS_ARGS } from "@/lib/media/ffmpeg-progress";
import type { ProbedPacket } from "@/lib/media/ffprobe-output";
import { deviceArgs, encoderArgs, handOverFilters, type PictureEncoding } from "@/lib/media/video-encoders";

/** Which pictures a cut has. Times in media time of the original, milliseconds. */
export interface CutPictures {
  /** The key frame to begin decoding, or copying, with. */
  keyFrameMs: number;
  /** The picture that is seen at the beginning of the cut, and how many there are from it on. */
  firstMs: number;
  frames: number;
  /** When the last one begins, and the usual distance between two. */
  lastMs: number;
  stepMs: number;
}

/** Times are given as fractions of a second that are cut off, not rounded. */
const EPSILON_MS = 0.5;

/**
 * Finds the pictures of a cut among packets in the order they lie in the file.
 *
 * @param isCopied it begins with the key frame then, not with the picture that is seen at `fromMs`
 * @returns null when there is no key frame at or before the beginning
 */
export function findCutPictures(
  packets: readonly Pick<ProbedPacket, "timestampMs" | "keyframe">[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
  isCopied: boolean,
): CutPictures | null {
  const isBefore = ({ timestampMs }: { timestampMs: number }) => timestampMs <= fromMs + EPSILON_MS;
  const keyFrameMs = Math.max(...packets.filter((packet) => packet.keyframe && isBefore(packet)).map(timeOf));
  if (!Number.isFinite(keyFrameMs)) return null;
  const seenMs = Math.max(...packets.filter(isBefore).map(timeOf));
  const firstMs = isCopied ? keyFrameMs : seenMs;
  const times = packets
    .map(timeOf)
    .filter((timeMs) => timeMs >= firstMs - EPSILON_MS && timeMs < toMs - EPSILON_MS)
    .sort((a, b) => a - b);
  const steps = times.slice(1).map((timeMs, index) => timeMs - (times[index] as number));
  const stepMs = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  return { keyFrameMs, firstMs, frames: times.length, lastMs: times.at(-1) ?? firstMs, stepMs };
}

function timeOf({ timestampMs }: { timestampMs: number }): number {
  return timestampMs;
}

export interface CutPlan extends Pick<CompilePlan, "title" | "recordedAt"> {
  /** Absolute path of the original MP4. */
  file: string;
  fromMs: number;
  toMs: number;
  /** null: there is no picture. */
  pictures: CutPictures | null;
  /** null: copied, and it begins with the key frame. */
  encode: { video: PictureEncoding; audioBitrateBps: number } | null;
  hasSound: boolean;
}

/** When the file begins that a plan makes, in media time of the original, milliseconds. */
export function cutStartMs({ pictures, encode, fromMs }: Pick<CutPlan, "pictures" | "encode" | "fromMs">): number {
  return encode === null && pictures !== null ? pictures.keyFrameMs : fromMs;
}

/** @param outFile absolute path of the MP4 to be written */
export function cutArgs(plan: CutPlan, limits: CompileLimits, outFile: string): string[] {
  const { file, pictures, encode, hasSound, toMs } = plan;
  const startMs = cutStartMs(plan);
  // Where reading begins: half a millisecond late, so that the key frame itself is found and not the one before.
  const seekMs = pictures === null ? startMs : pictures.keyFrameMs;
  const input = inputArgs({ file, container: "mp4" }, limits, [
    ...["-threads", String(limits.threads)],
    ...["-ss", seconds(seekMs === 0 ? 0 : seekMs + EPSILON_MS), ...(encode === null ? [] : ["-noaccurate_seek"])],
  ]);
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", ...PROGRESS_ARGS, "-y", "-abort_on", "empty_output"],
    ...(encode === null ? [] : deviceArgs(encode.video)),
    ...["-filter_threads", String(limits.threads)],
    // Times stay those of the original; what they begin with is taken away below.
    ...(encode === null ? input : ["-copyts", ...input]),
    ...(pictures === null ? [] : ["-map", "0:v:0"]),
    ...(hasSound ? ["-map", "0:a:0"] : []),
    ...(encode === null ? ["-c", "copy", "-avoid_negative_ts", "make_zero"] : encodeArgs(plan, encode, limits)),
    ...["-t", seconds(toMs - startMs), "-video_track_timescale", "90000"],
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", ...aboutArgs(plan)],
    ...["-fs", String(limits.maxOutputBytes), "-movflags", "+faststart", "-f", "mp4", `file:${outFile}`],
  ];
}

function encodeArgs(
  { pictures, hasSound, fromMs, toMs }: CutPlan,
  { video, audioBitrateBps }: NonNullable<CutPlan["encode"]>,
  { threads }: CompileLimits,
): string[] {
  const from = seconds(fromMs);
  const frames =
    pictures === null
      ? []
      : [
          `trim=start=${seconds(pictures.firstMs - EPSILON_MS)}:end=${seconds(toMs - EPSILON_MS)}`,
          // The first one has been standing for a while, and is seen from the beginning.
          `setpts=max(0\\,PTS-${from}/TB)`,
          ...["setsar=1", "format=yuv420p", ...handOverFilters(video)],
        ];
  return [
    ...(frames.length === 0
      ? []
      : [
          ...["-vf", frames.join(","), ...encoderArgs(video, threads)],
          ...["-fps_mode", "vfr", "-enc_time_base:v", "1:90000"],
        ]),
    ...(hasSound
      ? [
          ...["-af", `atrim=start=${from}:end=${seconds(toMs)},asetpts=PTS-${from}/TB`],
          ...["-c:a", "aac", "-b:a", String(audioBitrateBps)],
        ]
      : []),
  ];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}
