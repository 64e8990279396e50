/** Media that no capture is of, made by FFmpeg for a test. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export interface MediaMaker {
  folder: string;
  /** Runs FFmpeg with these arguments and a file at the end. @returns its path */
  make(name: string, ...args: string[]): string;
  /** The same, and the file's bytes. */
  bytes(name: string, ...args: string[]): Buffer;
  dispose(): Promise<void>;
}

export async function createMediaMaker(): Promise<MediaMaker> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-media-"));
  const make = (name: string, ...args: string[]) => {
    const file = path.join(folder, name);
    execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args, file]);
    return file;
  };
  return {
    folder,
    make,
    bytes: (...args) => readFileSync(make(...args)),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Moving picture of so many seconds. */
export const picture = (size: string, seconds: number) => ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=25:d=${seconds}`];
/** A tone of so many seconds. */
export const tone = (seconds: number) => [
  "-f",
  "lavfi",
  "-i",
  `sine=frequency=440:sample_rate=48000:duration=${seconds}`,
];
/** What Chromium's encoder makes: no B-frames, a key frame a second. */
export const H264 = [
  "-c:v",
  "libx264",
  "-preset",
  "ultrafast",
  "-profile:v",
  "baseline",
  "-pix_fmt",
  "yuv420p",
  "-g",
  "25",
];
/** As Safari records: an MP4 of fragments. */
export const FRAGMENTED = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"];
