/** The FFmpeg that encodes the pictures of one take while they come, and what it makes, appended durably to its track. */
import { PassThrough } from "node:stream";
import type { AppError } from "@/lib/domain/errors";
import type { StreamSettings } from "@/lib/domain/mjpeg-settings";
import { matroskaHead, matroskaPictureHead } from "@/lib/media/matroska-writer";
import { streamEncodeArgs } from "@/lib/media/mjpeg/encode-args";
import type { PictureSize } from "@/lib/media/picture-size";
import type { Config } from "@/lib/server/config/load";
import { runProgram } from "@/lib/server/ffmpeg/run";
import { TrackWriter } from "@/lib/server/storage/track-writer";

/** Pictures that wait for the encoder take this much at most; then they are dropped, for waiting would never end. */
const MAX_WAITING_BYTES = 16 * 1024 ** 2;
/** setTimeout takes no more, and a run of 24 days is begun anew. */
const LONGEST_MS = 2 ** 31 - 1;
const LONGEST_CPU_SECONDS = 2 ** 31 - 1;

export interface EncodedTrack {
  sizeBytes: number;
  /** null: the disk failed; what is there is to be read. */
  sha256: string | null;
}

export class StreamEncoder {
  readonly #input = new PassThrough({ highWaterMark: 2 ** 20 });
  readonly #writer: TrackWriter;
  readonly #abort = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #failure: unknown = null;

  private constructor(writer: TrackWriter) {
    this.#writer = writer;
  }

  /**
   * @param file of the track, which is made
   * @param onFailure called once when the encoder or the disk gives up by itself
   * @throws {AppError} when the file cannot be made
   */
  static async start(
    config: Pick<Config, "FFMPEG_PATH" | "COMPILE_MEMORY_BYTES" | "COMPILE_MAX_PIXELS" | "SYNC_INTERVAL_MS">,
    { file, settings, size }: { file: string; settings: StreamSettings; size: PictureSize },
    onFailure: (error: unknown) => void,
  ): Promise<StreamEncoder> {
    let encoder: StreamEncoder | null = null;
    const writer = await TrackWriter.open(file, {
      syncIntervalMs: config.SYNC_INTERVAL_MS,
      onDurable: () => encoder?.caughtUp(),
      onFailure: (error: AppError) => encoder?.fail(error),
    });
    encoder = new StreamEncoder(writer);
    encoder.#begin(config, settings, size, onFailure);
    return encoder;
  }

  #begin(
    config: Pick<Config, "FFMPEG_PATH" | "COMPILE_MEMORY_BYTES" | "COMPILE_MAX_PIXELS">,
    settings: StreamSettings,
    size: PictureSize,
    onFailure: (error: unknown) => void,
  ): void {
    this.#input.write(matroskaHead("V_MJPEG", size));
    const run = runProgram(config.FFMPEG_PATH, streamEncodeArgs(settings, size, config.COMPILE_MAX_PIXELS), {
      input: this.#input,
      isLive: true,
      signal: this.#abort.signal,
      timeoutMs: LONGEST_MS,
      memoryBytes: config.COMPILE_MEMORY_BYTES,
      cpuSeconds: LONGEST_CPU_SECONDS,
      // Files are written by us alone.
      fileBytes: 0,
      onBytes: (bytes) => this.#append(bytes),
    });
    this.#ended = run
      .then(() => {
        // It ends when its input does; before that it gave up.
        if (!this.#input.writableEnded) throw new Error("the encoder ended by itself");
      })
      .catch((error) => {
        this.fail(error);
        onFailure(this.#failure);
      });
  }

  /** Everything of the track that is durable, in bytes. */
  get durableBytes(): number {
    return this.#writer.durableOffset;
  }

  /**
   * Takes a picture.
   *
   * @param atMs media time of the take, whole milliseconds, after that of the picture before
   * @returns false when it was dropped, because the encoder is too far behind
   */
  write(jpeg: Buffer, atMs: number): boolean {
    if (this.#failure !== null || this.#input.writableLength + jpeg.length > MAX_WAITING_BYTES) return false;
    this.#input.write(matroskaPictureHead(atMs, jpeg.length));
    this.#input.write(jpeg);
    return true;
  }

  /** Encodes what it was given, and closes the track. Never rejects. */
  async end(): Promise<EncodedTrack> {
    this.#input.end();
    await this.#ended;
    const isWhole = await this.#writer.flush().then(
      () => true,
      () => false,
    );
    const sha256 = isWhole ? this.#writer.digest() : null;
    const sizeBytes = this.#writer.durableOffset;
    await this.#writer.close();
    return { sizeBytes, sha256 };
  }

  /** @internal */
  caughtUp(): void {
    if (this.#writer.hasCaughtUp) this.#wake();
  }

  /** @internal */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
    this.#abort.abort(error);
    this.#input.destroy();
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#writer.append(this.#writer.endOffset, [bytes]);
    if (!this.#writer.isBehind || this.#failure !== null) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
