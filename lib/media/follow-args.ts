/** The arguments of the two programs that encode while a recording runs: the same filters and settings as afterwards. */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { type ResumedSound, soundFilterArgs, videoArgs } from "@/lib/media/compile-args";
import { type InputLimits, pipeInputArgs } from "@/lib/media/ffmpeg-input";
import type { PictureSize } from "@/lib/media/picture-size";

const QUIET = ["-nostdin", "-hide_banner", "-v", "error"];
/** Every packet leaves at once. */
const AT_ONCE = ["-flush_packets", "1"];
/** A cluster is written when it is complete; longer ones would keep packets back, in milliseconds. */
const CLUSTER_MS = 200;

/**
 * Those who watch see a segment when it is whole, and it reaches from key frame to key frame: with those of a file that is
 * only to be jumped in they would be three segments of 4 s behind.
 */
const KEY_FRAME_SECONDS = 2;

/**
 * Sound of a Matroska file on standard input to AAC in stereo, in ADTS frames on standard output.
 *
 * @param resumed where it goes on for another that has ended; left out: it is the beginning
 */
export function followSoundArgs(
  limits: InputLimits,
  { audioBitrateBps }: CompileSettings,
  resumed?: ResumedSound,
): string[] {
  return [
    ...QUIET,
    ...pipeInputArgs("matroska", limits, ["-threads", "1"]),
    ...["-map", "0:a:0", ...soundFilterArgs(0, resumed)],
    ...["-c:a", "aac", "-b:a", String(audioBitrateBps), "-ac", "2"],
    ...[...AT_ONCE, "-f", "adts", "pipe:1"],
  ];
}

/** Sound on standard input to samples of one channel, 16 bits, on standard output: as they come to the encoder, or out of one. */
export function followDecodeArgs(format: "matroska" | "aac", limits: InputLimits): string[] {
  const input = format === "aac" ? ["-f", "aac", "-i", "pipe:0"] : pipeInputArgs(format, limits, ["-threads", "1"]);
  const filters = format === "aac" ? [] : soundFilterArgs(0);
  return [...QUIET, ...input, "-map", "0:a:0", ...filters, "-ac", "1", "-f", "s16le", "pipe:1"];
}

/** Picture of a Matroska file on standard input to H.264 in Matroska on standard output, each frame at its time. */
export function followPictureArgs(
  limits: InputLimits & { threads: number },
  { crf, preset, keyFrameSeconds }: CompileSettings,
  size: PictureSize,
): string[] {
  const encode = { crf, preset, keyFrameSeconds: Math.min(keyFrameSeconds, KEY_FRAME_SECONDS) };
  return [
    ...[...QUIET, "-filter_threads", "1"],
    ...pipeInputArgs("matroska", limits, ["-threads", String(limits.threads)]),
    ...["-map", "0:v:0", ...videoArgs({ encode, size }, limits)],
    ...[...AT_ONCE, "-cluster_time_limit", String(CLUSTER_MS), "-f", "matroska", "pipe:1"],
  ];
}
