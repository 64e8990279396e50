/** The arguments with which FFmpeg encodes one piece of a picture, read from its standard input, to an MP4 that begins at 0. */
import { type CompileLimits, type VideoPlan, videoArgs } from "@/lib/media/compile-args";
import { pipeInputArgs } from "@/lib/media/ffmpeg-input";
import { PROGRESS_ARGS } from "@/lib/media/ffmpeg-progress";

/** Enough for a large key frame; it is no live input that must begin at once. */
const PROBE = ["-probesize", "5000000", "-analyzeduration", "5000000"];

/**
 * @param fromMs timestamp of its first picture in the file that it is of
 * @param outFile absolute path of the MP4 to be written
 */
export function pieceArgs(
  video: Pick<VideoPlan, "encode" | "size" | "colors">,
  fromMs: number,
  limits: CompileLimits,
  outFile: string,
): string[] {
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", ...PROGRESS_ARGS, "-y", "-abort_on", "empty_output"],
    // Counted from the piece's first picture, whatever else of the file comes before it.
    ...["-copyts", "-filter_threads", String(limits.threads)],
    ...pipeInputArgs("matroska", limits, [
      ...[...PROBE, "-threads", String(limits.threads), "-itsoffset", `${-fromMs}ms`],
    ]),
    ...["-map", "0:v:0", ...videoArgs(video, limits), "-map_metadata", "-1", "-map_chapters", "-1"],
    ...["-fs", String(limits.maxOutputBytes), "-f", "mp4", `file:${outFile}`],
  ];
}
