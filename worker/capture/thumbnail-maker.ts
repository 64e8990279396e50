/**
 * Small pictures of what cameras see, made of key frames that pass by: no second connection, one FFmpeg for each picture,
 * one at a time. When it falls behind, pictures are left out.
 */

import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { cameraThumbnailFilename } from "@/lib/domain/camera-names";
import { type Ffmpeg, ffmpegOf } from "@/lib/server/ffmpeg/run";
import type { Services } from "@/lib/server/services";

const WIDTH = 640;
const HEIGHT = 360;
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 2 * 1024 ** 2;
/** More than that many wait for nothing: the next key frame comes soon. */
const MAX_WAITING = 32;

interface Waiting {
  cameraId: string;
  codec: "h264" | "h265";
  bytes: Buffer;
  atMs: number;
}

export class ThumbnailMaker {
  readonly #services: Services;
  readonly #ffmpeg: Ffmpeg;
  readonly #stop = new AbortController();
  /** When the next is due, by camera. */
  readonly #due = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #working: Promise<void> | null = null;

  constructor(services: Services) {
    this.#services = services;
    this.#ffmpeg = ffmpegOf(services.config, 1);
  }

  /** Takes a key frame when a picture is due. @param parts copied */
  offer(cameraId: string, codec: "h264" | "h265", parts: readonly Uint8Array[], atMs: number): void {
    if (atMs < (this.#due.get(cameraId) ?? 0) || this.#waiting.length >= MAX_WAITING) return;
    const everyMs = 1000 * this.#services.config.CAMERA_THUMBNAIL_SECONDS;
    if (everyMs === 0) return;
    this.#due.set(cameraId, atMs + everyMs);
    this.#waiting.push({ cameraId, codec, bytes: Buffer.concat(parts), atMs: Math.round(atMs) });
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (this.#stop.signal.aborted) return;
      await this.#make(next).catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#services.log.warn({ error: String(error) }, "no thumbnail of a camera");
      });
    }
  }

  async #make({ cameraId, codec, bytes, atMs }: Waiting): Promise<void> {
    const { cameras, database } = this.#services;
    const filename = cameraThumbnailFilename(atMs);
    const file = cameras.thumbnail(cameraId, filename);
    const jpeg = await renderKeyFrame(
      this.#ffmpeg,
      codec,
      bytes,
      this.#stop.signal,
      this.#services.config.COMPILE_MAX_PIXELS,
    );
    const temporary = path.join(path.dirname(file), `.${randomUUID()}`);
    await fs.writeFile(temporary, jpeg, { mode: 0o640, flush: true });
    await fs.rename(temporary, file);
    const at = new Date(atMs);
    await database.cameraThumbnail.upsert({
      where: { cameraId_at: { cameraId, at } },
      create: { cameraId, at, filename, sizeBytes: jpeg.length },
      update: { filename, sizeBytes: jpeg.length },
    });
  }
}

/** A key frame with its parameter sets as JPEG of 640x360, with bars where the shape is another. */
export async function renderKeyFrame(
  ffmpeg: Ffmpeg,
  codec: "h264" | "h265",
  bytes: Buffer,
  signal: AbortSignal,
  maxPixels: number,
): Promise<Buffer> {
  const format = codec === "h264" ? "h264" : "hevc";
  const chunks: Buffer[] = [];
  const fit = `scale=${WIDTH}:${HEIGHT}:force_original_aspect_ratio=decrease:force_divisible_by=2`;
  await ffmpeg.ffmpeg(
    [
      ...["-hide_banner", "-v", "error", "-f", format, "-format_whitelist", format, "-codec_whitelist", format],
      ...["-protocol_whitelist", "pipe", "-max_pixels", String(maxPixels), "-threads", "1", "-i", "pipe:0"],
      ...["-frames:v", "1", "-vf", `${fit},pad=${WIDTH}:${HEIGHT}:-1:-1,format=yuvj420p`],
      ...["-q:v", "5", "-f", "image2pipe", "-c:v", "mjpeg", "pipe:1"],
    ],
    {
      signal,
      timeoutMs: TIMEOUT_MS,
      fileBytes: MAX_BYTES,
      input: Readable.from([bytes]),
      onBytes: (piece) => {
        chunks.push(Buffer.from(piece));
      },
    },
  );
  return Buffer.concat(chunks);
}
