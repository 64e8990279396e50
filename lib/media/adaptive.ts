/**
 * Several resolutions of one film for HLS (RFC 8216): which ones, how FFmpeg makes them in one run, and the playlist that
 * names them. All begin their segments with the same pictures, so that a player changes between them at any.
 */

import { type InputFile, type InputLimits, inputArgs } from "@/lib/media/ffmpeg-input";
import { PROGRESS_ARGS } from "@/lib/media/ffmpeg-progress";
import type { PictureSize } from "@/lib/media/picture-size";
import { encoderArgs } from "@/lib/media/video-encoders";

/** A resolution. */
export interface Rendition extends PictureSize {
  /** Bound of its picture's bit rate. */
  maxBps: number;
}

/** Shorter sides, in pixels. */
const LADDER = [1080, 720, 480, 360] as const;
/** The next resolution has at most so much of the one above: two that are alike are of no use. */
const MAX_STEP = 0.8;
/** About what others give a film of 1080 lines; of smaller ones by the power of 1.5 of their lines. */
const BPS_AT_1080 = 5_000_000;
export const SEGMENT_SECONDS = 4;
const TIMESCALE = 90_000;
/**
 * The last picture of a segment would last as long as pictures do on average, and the next segment begin where that ends
 * (measured with uneven pictures: up to 83 ms off).
 */
const LAST_UNTIL_NEXT = "setts=duration=if(eq(NEXT_PTS\\,NOPTS)\\,DURATION\\,NEXT_PTS-PTS)";

/** @returns the largest first, never larger than recorded; one alone when the film is small */
export function renditionsOf(film: PictureSize): Rendition[] {
  const shorter = Math.min(film.width, film.height);
  const sides: number[] = [Math.min(shorter, LADDER[0])];
  for (const side of LADDER) if (side <= MAX_STEP * (sides.at(-1) as number)) sides.push(side);
  return sides.map((side) => ({
    ...{ width: toEven((film.width * side) / shorter), height: toEven((film.height * side) / shorter) },
    maxBps: Math.round(BPS_AT_1080 * (side / LADDER[0]) ** 1.5),
  }));
}

/** The nearest: a picture is made a little wider or narrower sooner than it loses a line. */
function toEven(pixels: number): number {
  return Math.max(2, 2 * Math.round(pixels / 2));
}

/** Where a resolution is written. */
export interface RenditionFiles {
  /** Absolute paths. */
  mp4: string;
  playlist: string;
}

/** @param files one of each of the renditions */
export function adaptiveArgs(
  film: InputFile,
  renditions: readonly Rendition[],
  files: readonly RenditionFiles[],
  limits: InputLimits & { threads: number },
): string[] {
  const split = `[0:v:0]split=${renditions.length}${renditions.map((_, index) => `[in${index}]`).join("")}`;
  const scale = renditions.map(
    ({ width, height }, index) => `[in${index}]scale=${width}:${height},setsar=1,format=yuv420p[out${index}]`,
  );
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", ...PROGRESS_ARGS, "-y"],
    ...["-abort_on", "empty_output"],
    ...["-filter_complex_threads", String(limits.threads)],
    ...inputArgs(film, limits, ["-threads", String(limits.threads)]),
    ...["-filter_complex", [split, ...scale].join(";")],
    ...renditions.flatMap(({ maxBps }, index) => [
      ...["-map", `[out${index}]`, "-map", "0:a:0?", "-c:a", "copy"],
      ...encoderArgs({ crf: 23, preset: "veryfast", keyFrameSeconds: SEGMENT_SECONDS }, limits.threads),
      ...["-maxrate", String(maxBps), "-bufsize", String(2 * maxBps)],
      // As in lib/media/compile-args: pictures keep their times.
      ...["-fps_mode", "vfr", "-enc_time_base", `1:${TIMESCALE}`, "-bsf:v", LAST_UNTIL_NEXT],
      ...["-map_metadata", "-1", "-map_chapters", "-1", "-f", "hls", "-hls_time", String(SEGMENT_SECONDS)],
      ...["-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags", "single_file+independent_segments"],
      ...["-hls_segment_filename", `file:${files[index]?.mp4}`, `file:${files[index]?.playlist}`],
    ]),
  ];
}

export interface PlaylistFacts {
  seconds: number;
  /** Of the segment that needs most. */
  peakBps: number;
  averageBps: number;
}

/** @throws {Error} when it is no playlist of byte ranges */
export function readPlaylist(text: string): PlaylistFacts {
  const lengths = [...text.matchAll(/^#EXTINF:([\d.]+)/gm)].map((match) => Number(match[1]));
  const sizes = [...text.matchAll(/^#EXT-X-BYTERANGE:(\d+)/gm)].map((match) => Number(match[1]));
  const seconds = lengths.reduce((sum, length) => sum + length, 0);
  if (lengths.length !== sizes.length || !(seconds > 0)) throw new Error("not a playlist of byte ranges");
  const bits = sizes.map((size) => 8 * size);
  const rates = bits.map((size, index) => size / Math.max(lengths[index] as number, 0.1));
  return {
    seconds,
    peakBps: Math.ceil(Math.max(...rates)),
    averageBps: Math.ceil(bits.reduce((sum, size) => sum + size, 0) / seconds),
  };
}

/** `avc1.` with profile, constraints and level, from the decoder configuration of an MP4 (ISO 14496-15 §5.3.3.1); null: none */
export function avcCodecOf(head: Buffer): string | null {
  const at = head.indexOf("avcC");
  return at < 0 || at + 8 > head.length ? null : `avc1.${head.subarray(at + 5, at + 8).toString("hex")}`;
}

export interface Variant extends PictureSize, PlaylistFacts {
  uri: string;
  /** As RFC 6381 writes them. */
  codecs: readonly string[];
}

/** The multivariant playlist (RFC 8216 §4.3.4.2). */
export function multivariantPlaylist(variants: readonly Variant[]): string {
  const lines = variants.flatMap(({ uri, width, height, peakBps, averageBps, codecs }) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${peakBps},AVERAGE-BANDWIDTH=${averageBps},RESOLUTION=${width}x${height},CODECS="${codecs.join(",")}"`,
    uri,
  ]);
  return ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS", ...lines, ""].join("\n");
}

/** A playlist whose addresses have a query more: players ask for them without that of the playlist. */
export function withQueryInPlaylist(text: string, query: string): string {
  return text
    .split("\n")
    .map((line) => {
      if (line === "") return line;
      return line.startsWith("#") ? line.replace(/URI="([^"]+)"/, `URI="$1?${query}"`) : `${line}?${query}`;
    })
    .join("\n");
}
