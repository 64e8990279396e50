/** Makes the picture that stands for a recording: a frame of it, or the shape of its sound. */
import fs from "node:fs/promises";
import path from "node:path";
import { inputArgs } from "@/lib/media/ffmpeg-input";
import type { PictureSize } from "@/lib/media/picture-size";
import type { CompileContext } from "@/worker/compile/compile-context";

export interface Thumbnail extends PictureSize {
  file: string;
  sizeBytes: number;
}

const LONGEST_SIDE_PX = 640;
/** The beginning is often black or a hand at the camera. */
const POSITION = 0.1;
/** FFmpeg's `thumbnail` filter takes of so many frames the one that is most like the others: not a black one. */
const CANDIDATES = 60;
const CANDIDATE_SECONDS = 4;
/** Greys that stand out on white and on black pages alike. */
const WAVE = { width: 640, height: 360, background: "0x868e96", line: "0xe9ecef" };
/** `showwavespic` keeps all sound in memory until the end, as 16-bit samples: this many at most. */
const MAX_WAVE_SAMPLES = 16_000_000;
const MAX_WAVE_RATE = 8000;
const MIN_WAVE_RATE = 100;
const MAX_THUMBNAIL_BYTES = 4 * 1024 ** 2;
const TIMEOUT_MS = 10 * 60_000;

/**
 * @param about the compiled file; its `size` is null when there is only sound
 * @returns null when none could be made; a recording without a thumbnail is one all the same
 */
export async function makeThumbnail(
  context: CompileContext,
  mp4: string,
  about: { size: PictureSize | null; durationMs: number; videoDelayMs: number; videoMs: number },
): Promise<Thumbnail | null> {
  const { size, durationMs, videoDelayMs, videoMs } = about;
  const file = path.join(context.workFolder, "thumbnail.jpg");
  const shown = size === null ? WAVE : thumbnailSize(size);
  const attempts =
    size === null
      ? [{ seek: 0, filter: waveFilter(durationMs) }]
      : // A still picture may have no frame so late.
        [videoMs * POSITION, 0].map((ms) => ({ seek: (videoDelayMs + ms) / 1000, filter: frameFilter(shown) }));
  for (const { seek, filter } of attempts) {
    try {
      const sizeBytes = await render(context, mp4, file, seek, filter, size !== null);
      if (sizeBytes > 0) return { file, sizeBytes, width: shown.width, height: shown.height };
    } catch (error) {
      context.signal.throwIfAborted();
      context.log.warn({ error: String(error) }, "no thumbnail could be made");
    }
  }
  return null;
}

async function render(
  { ffmpeg, inputLimits, signal }: CompileContext,
  mp4: string,
  file: string,
  seekSeconds: number,
  filter: string,
  isVideo: boolean,
): Promise<number> {
  await fs.rm(file, { force: true });
  const limits = isVideo ? { ...inputLimits, maxDurationSeconds: CANDIDATE_SECONDS } : inputLimits;
  await ffmpeg.ffmpeg(
    [
      ...["-nostdin", "-hide_banner", "-v", "error", "-y"],
      ...inputArgs({ file: mp4, container: "mp4" }, limits, ["-ss", seekSeconds.toFixed(3)]),
      ...["-filter_complex", filter, "-frames:v", "1", "-q:v", "4", "-update", "1", "-f", "image2", `file:${file}`],
    ],
    { signal, fileBytes: MAX_THUMBNAIL_BYTES, timeoutMs: TIMEOUT_MS },
  );
  return fs.stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

function frameFilter({ width, height }: PictureSize): string {
  return `[0:v:0]thumbnail=n=${CANDIDATES},scale=${width}:${height},format=yuvj420p`;
}

function waveFilter(durationMs: number): string {
  const rate = Math.floor(Math.max(MIN_WAVE_RATE, Math.min(MAX_WAVE_RATE, MAX_WAVE_SAMPLES / (durationMs / 1000))));
  const { width, height, background, line } = WAVE;
  return (
    `color=c=${background}:s=${width}x${height}:r=1[ground];` +
    `[0:a:0]aresample=${rate},aformat=channel_layouts=mono,` +
    `showwavespic=s=${width}x${height}:colors=${line}:scale=sqrt[wave];` +
    "[ground][wave]overlay=shortest=1,format=yuvj420p"
  );
}

function thumbnailSize({ width, height }: PictureSize): PictureSize {
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(width, height));
  const even = (pixels: number) => Math.max(2, 2 * Math.round((pixels * scale) / 2));
  return { width: even(width), height: even(height) };
}
