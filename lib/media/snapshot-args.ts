/**
 * The arguments with which FFmpeg makes a steady video of snapshots. A snapshot is shown until the next one comes, the last
 * until the end: the number of frames is the length times the rate, to the frame.
 */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { aboutArgs, type CompileLimits, type CompilePlan } from "@/lib/media/compile-args";
import { PROGRESS_ARGS } from "@/lib/media/ffmpeg-progress";
import type { PictureSize } from "@/lib/media/picture-size";

export interface SnapshotVideoPlan extends Pick<CompilePlan, "title" | "recordedAt">, PictureSize {
  /** Absolute path of the track: Matroska with JPEGs. */
  file: string;
  fps: number;
  frames: number;
  encode: { codec: "avc1"; settings: Pick<CompileSettings, "crf" | "preset"> } | { codec: "mp4v" };
}

/** Whoever seeks waits for this much to be decoded at most. */
const KEY_FRAME_SECONDS = 4;
/** MPEG-4 Part 2 has no constant quality of x264's kind; this is a good picture. */
const MP4V_QUALITY = "4";

/** @param outFile absolute path of the MP4 to be written */
export function snapshotVideoArgs(plan: SnapshotVideoPlan, limits: CompileLimits, outFile: string): string[] {
  const { file, fps, frames, width, height } = plan;
  const filters = [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:out_range=tv`,
    `pad=${width}:${height}:-1:-1:color=black`,
    "setsar=1",
    "format=yuv420p",
    `fps=${fps}:start_time=0:eof_action=round`,
    "tpad=stop_mode=clone:stop=-1",
  ];
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", ...PROGRESS_ARGS, "-y", "-abort_on", "empty_output"],
    ...["-filter_threads", String(limits.threads)],
    // Snapshots of another size are fitted in by the filter; setting all of it up anew would begin at 0 again.
    ...["-reinit_filter", "0", "-threads", "1"],
    ...["-f", "matroska", "-format_whitelist", "matroska", "-codec_whitelist", "mjpeg"],
    ...[
      "-protocol_whitelist",
      "file",
      "-max_pixels",
      String(limits.maxPixels),
      "-t",
      String(limits.maxDurationSeconds),
    ],
    ...["-i", `file:${file}`, "-map", "0:v:0", "-vf", filters.join(",")],
    ...["-frames:v", String(frames), "-fps_mode", "passthrough", "-g", String(fps * KEY_FRAME_SECONDS)],
    ...encodeArgs(plan.encode),
    ...["-threads", String(limits.threads), "-video_track_timescale", String(fps * 1000)],
    ...["-map_metadata", "-1", "-map_chapters", "-1", ...aboutArgs(plan)],
    ...["-fs", String(limits.maxOutputBytes), "-movflags", "+faststart", "-f", "mp4", `file:${outFile}`],
  ];
}

function encodeArgs(encode: SnapshotVideoPlan["encode"]): string[] {
  if (encode.codec === "mp4v") return ["-c:v", "mpeg4", "-tag:v", "mp4v", "-q:v", MP4V_QUALITY];
  const { preset, crf } = encode.settings;
  return ["-c:v", "libx264", "-preset", preset, "-crf", String(crf), "-bf", "0"];
}

/** Options of ffprobe for one packet count of what was made. */
export function snapshotProbeArgs(file: string): string[] {
  return [
    ...["-v", "error", "-count_packets", "-f", "mov", "-format_whitelist", "mov", "-codec_whitelist", "mpeg4,h264"],
    ...["-protocol_whitelist", "file", "-show_streams", "-show_format", "-of", "json", "-i", `file:${file}`],
  ];
}
