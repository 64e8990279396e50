/** The arguments with which FFmpeg encodes a moving picture and keeps nothing, and says how much CPU that took. */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { videoArgs } from "@/lib/media/compile-args";
import type { PictureSize } from "@/lib/media/picture-size";

export function measureEncodingArgs(
  preset: CompileSettings["preset"],
  size: PictureSize,
  picturesPerSecond: number,
  seconds: number,
): string[] {
  // With as much noise it costs what a capture of VP8 does, its decoding included: 11.7 ms a picture of 720p, and 12.2.
  const source = `testsrc2=s=${size.width}x${size.height}:r=${picturesPerSecond}:d=${seconds},noise=alls=6:allf=t`;
  return [
    ...["-nostdin", "-hide_banner", "-nostats", "-v", "info", "-benchmark", "-filter_threads", "1"],
    ...["-f", "lavfi", "-i", source, ...videoArgs({ encode: { crf: 23, preset }, size }, { threads: 1 })],
    ...["-f", "null", "-"],
  ];
}

/** @returns seconds of CPU, of user and system together; null: it was not said */
export function parseCpuSeconds(stderr: readonly string[]): number | null {
  for (const line of stderr) {
    const match = /^bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(line);
    if (match !== null) return Number(match[1]) + Number(match[2]);
  }
  return null;
}
