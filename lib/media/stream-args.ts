/** The arguments with which FFmpeg puts a stream of FLV into an MP4 without encoding, and tells the digests of its packets. */
import { aboutArgs, type CompileLimits, type CompilePlan } from "@/lib/media/compile-args";
import { type InputLimits, inputArgs } from "@/lib/media/ffmpeg-input";
import { PROGRESS_ARGS } from "@/lib/media/ffmpeg-progress";
import { MAX_STILL_MS } from "@/lib/media/join-args";

/** FLV counts milliseconds; the rest is so that common frame rates look even, and a picture may stand for two days. */
const TIMESCALE = 10_000;

/** Reads FLV from standard input. @param outFile absolute path of the MP4 to be written */
export function streamArgs(
  about: Pick<CompilePlan, "title" | "recordedAt">,
  { maxPixels, maxOutputBytes, maxDurationSeconds }: CompileLimits,
  outFile: string,
): string[] {
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", ...PROGRESS_ARGS, "-y", "-abort_on", "empty_output"],
    // A picture may stand for hours between two takes.
    ...["-dts_error_threshold", String(MAX_STILL_MS / 1000)],
    ...["-f", "flv", "-format_whitelist", "flv", "-codec_whitelist", "h264,aac", "-protocol_whitelist", "pipe"],
    ...["-max_pixels", String(maxPixels), "-t", String(maxDurationSeconds), "-i", "pipe:0"],
    ...["-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy", "-video_track_timescale", String(TIMESCALE)],
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", ...aboutArgs(about)],
    ...["-fs", String(maxOutputBytes), "-movflags", "+faststart", "-f", "mp4", `file:${outFile}`],
  ];
}

/** Writes a line for each stream to standard output, which {@link parseDigestLine} reads. */
export function digestArgs(mp4: string, limits: InputLimits): string[] {
  return [
    ...["-nostdin", "-hide_banner", "-v", "error"],
    // Every packet counts, also those that an edit list leaves out.
    ...inputArgs({ file: mp4, container: "mp4" }, limits, ["-ignore_editlist", "1"]),
    ...["-map", "0", "-c", "copy", "-f", "streamhash", "-hash", "sha256", "-"],
  ];
}

/** @returns null when the line is none of a stream's */
export function parseDigestLine(line: string): { kind: "video" | "audio"; sha256: string } | null {
  const match = /^\d+,([va]),SHA256=([0-9a-f]{64})$/i.exec(line.trim());
  if (match === null) return null;
  return { kind: match[1] === "v" ? "video" : "audio", sha256: (match[2] as string).toLowerCase() };
}
