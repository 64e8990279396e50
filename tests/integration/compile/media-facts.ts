/** Facts of media files for tests, asked of the real ffprobe and FFmpeg without any of our own code. */
import { execFileSync } from "node:child_process";
import { expect } from "vitest";

export interface StreamFacts {
  codec_type: string;
  codec_name: string;
  profile: string;
  width: number;
  height: number;
  pix_fmt: string;
  start_time: string;
  duration: string;
  nb_read_packets: string;
}

/** Streams of a file, its duration in seconds, and its tags. */
export function probeFile(file: string): {
  streams: StreamFacts[];
  format: { duration: string; tags?: Record<string, string> };
} {
  return JSON.parse(
    execFileSync("ffprobe", ["-v", "error", "-count_packets", "-show_streams", "-show_format", "-of", "json", file], {
      encoding: "utf8",
    }),
  );
}

export function videoOf(file: string): StreamFacts | undefined {
  return probeFile(file).streams.find(({ codec_type }) => codec_type === "video");
}

export function audioOf(file: string): StreamFacts | undefined {
  return probeFile(file).streams.find(({ codec_type }) => codec_type === "audio");
}

/** Captures have timestamps of whole milliseconds, as joints have; the MP4 has ticks of 1/90000 s. */
export const PICTURE_TIME_TOLERANCE_MS = 1.1;

/** When each picture is shown, in milliseconds from the first. */
export function pictureTimesMs(file: string): number[] {
  const output = execFileSync(
    "ffprobe",
    ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", file],
    { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 },
  );
  const times = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number.parseFloat(line) * 1000);
  return times.map((time) => time - (times[0] as number));
}

/** As many pictures, each at its time. */
export function expectSameTimes(actualMs: readonly number[], wantedMs: readonly number[]): void {
  expect(actualMs).toHaveLength(wantedMs.length);
  const furthestMs = Math.max(...wantedMs.map((ms, index) => Math.abs(ms - (actualMs[index] as number))));
  expect(furthestMs).toBeLessThan(PICTURE_TIME_TOLERANCE_MS);
}

/** What FFmpeg complains of when it decodes everything; empty: nothing. */
export function decodingErrors(file: string): string {
  return execFileSync(
    "sh",
    ["-c", 'ffmpeg -nostdin -v error -i "$0" -fps_mode passthrough -enc_time_base:v 1:90000 -f null - 2>&1', file],
    { encoding: "utf8" },
  );
}

/** Samples a second of {@link soundOf}, unless others are asked for. */
export const SOUND_RATE = 4000;

/** The sound of a file as it is played, mono, from the file's own beginning. */
export function soundOf(file: string, rate = SOUND_RATE): Int16Array {
  const bytes = execFileSync(
    "ffmpeg",
    ["-nostdin", "-v", "error", "-i", file, "-vn", "-ac", "1", "-ar", String(rate), "-f", "s16le", "-"],
    { maxBuffer: 256 * 1024 ** 2 },
  );
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
}

/**
 * How much later the same sound comes in `other` than in `one`, in milliseconds, by cross-correlation.
 *
 * @param longestMs the shift is looked for in both directions up to this
 */
export function soundShiftMs(one: Int16Array, other: Int16Array, longestMs: number): number {
  const longest = Math.round((longestMs / 1000) * SOUND_RATE);
  const from = longest;
  const to = Math.min(one.length, other.length) - longest;
  let best = { shift: 0, score: Number.NEGATIVE_INFINITY };
  for (let shift = -longest; shift <= longest; shift += 1) {
    let score = 0;
    for (let index = from; index < to; index += 1) score += (one[index] as number) * (other[index + shift] as number);
    if (score > best.score) best = { shift, score };
  }
  return (best.shift / SOUND_RATE) * 1000;
}
