/**
 * One segment: a transport stream through the one append-only writer, synced like every track, and its index of key frames.
 * Pictures do not wait for the file to be opened; what comes before is kept and goes first.
 */
import { type FileHandle, open } from "node:fs/promises";
import { indexFilename } from "@/lib/domain/camera-names";
import { type AppError, toAppError } from "@/lib/domain/errors";
import type { TsStreams } from "@/lib/media/mpegts/ts-tables";
import { TsWriter } from "@/lib/media/mpegts/ts-writer";
import { type SegmentHead, writeHead, writeKeyFrame } from "@/lib/protocol/segment-index";
import type { CamerasFolder } from "@/lib/server/storage/cameras-folder";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { syncFolder } from "@/lib/server/storage/sync-folder";
import { storageError, TrackWriter } from "@/lib/server/storage/track-writer";
import { ChunkOutput, type ChunkPool } from "@/worker/capture/chunk-pool";

/** A byte is on disk after this and the same again at the latest: nobody waits for an acknowledgement, and each sync costs. */
const GROUP_MS = 500;

export interface FinishedSegment extends SegmentHead {
  filename: string;
  endedAtMs: number;
  durationMs: number;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
  keyFrames: number;
}

export interface SegmentOptions {
  folder: CamerasFolder;
  cameraId: string;
  pool: ChunkPool;
  streams: TsStreams;
  head: SegmentHead;
  /** The file has its name. */
  onOpen(filename: string): void;
  /** Bytes became durable. */
  onDurable(bytes: number): void;
  /** The disk does not take any more. */
  onFailure(error: AppError): void;
}

export class SegmentWriter {
  readonly ts: TsWriter;
  readonly #options: SegmentOptions;
  readonly #output: ChunkOutput;
  readonly #opening: Promise<void>;
  /** On their way: given back when durable. */
  readonly #lent: { chunk: Buffer; endOffset: number }[] = [];
  /** Came before the file was open. */
  #early: Buffer[] = [];
  #offset = 0;
  #handedOn = 0;
  #writer: TrackWriter | null = null;
  #index: FileHandle | null = null;
  /** Lines whose bytes are not durable yet. */
  #keyFrames: { offset: number; line: string }[] = [];
  #indexing: Promise<unknown> = Promise.resolve();
  #keyFrameCount = 0;
  #filename = "";
  #failure: AppError | null = null;
  #lastMs = 0;

  constructor(options: SegmentOptions) {
    this.#options = options;
    this.#output = new ChunkOutput(options.pool, (chunk, used) => this.#take(chunk, used));
    this.ts = new TsWriter(this.#output, options.streams);
    this.#opening = this.#open().catch((error: unknown) => this.#fail(storageError(error)));
  }

  get isBehind(): boolean {
    return this.#writer?.isBehind ?? this.#handedOn > 4 * 1024 ** 2;
  }

  get hasCaughtUp(): boolean {
    return this.#writer?.hasCaughtUp ?? this.#failure !== null;
  }

  /** Notes a key frame that is about to be written, with its tables. @param atMs from the first picture */
  beginKeyFrame(atMs: number): void {
    this.#keyFrames.push({ offset: this.ts.bytes, line: writeKeyFrame({ offset: this.ts.bytes, atMs }) });
    this.#keyFrameCount += 1;
    this.ts.writeTables();
  }

  /** Called behind each picture: what has waited long enough is handed on. @param atMs end of what was written, so far */
  endPicture(atMs: number, nowMs: number): void {
    if (atMs > this.#lastMs) this.#lastMs = atMs;
    if (this.#output.at > 0 && nowMs - this.#output.sinceMs > GROUP_MS) this.#output.flush();
  }

  /** Hands on what there is: the last picture was written, and sound may follow. */
  endPictures(): void {
    this.#output.flush();
  }

  /**
   * Makes it durable as a whole.
   *
   * @param stepMs how long the last picture is shown
   * @returns null when nothing came of it, or the disk failed: then the next start finds what there is
   */
  async close(stepMs: number): Promise<FinishedSegment | null> {
    this.#output.flush();
    this.#output.release();
    await this.#opening;
    const { folder, cameraId, head } = this.#options;
    try {
      if (this.#failure !== null || this.#writer === null) return null;
      const sizeBytes = await this.#writer.flush();
      const file = folder.file(cameraId, this.#filename);
      const sha256 = this.#writer.digest() ?? (await sha256OfFile(file));
      await this.#writer.close();
      await this.#writeIndex(Number.POSITIVE_INFINITY);
      await this.#index?.sync();
      await syncFolder(folder.folder(cameraId));
      const durationMs = Math.round(this.#lastMs + stepMs);
      return {
        ...head,
        filename: this.#filename,
        endedAtMs: head.startedAtMs + durationMs,
        ...{ durationMs, sizeBytes, sha256, keyFrames: this.#keyFrameCount },
      };
    } catch (error) {
      this.#fail(toAppError(error));
      return null;
    } finally {
      await this.#writer?.close();
      await this.#indexing.catch(() => {});
      await this.#index?.close().catch(() => {});
      for (const { chunk } of this.#lent.splice(0)) if (this.#failure === null) this.#options.pool.give(chunk);
    }
  }

  async #open(): Promise<void> {
    const { folder, cameraId, head, onOpen } = this.#options;
    await folder.create(cameraId);
    this.#filename = await folder.reserveSegment(cameraId, head.startedAtMs);
    this.#index = await open(folder.file(cameraId, indexFilename(this.#filename)), "w", 0o640);
    await this.#index.write(writeHead(head));
    const writer = await TrackWriter.open(folder.file(cameraId, this.#filename), {
      syncIntervalMs: GROUP_MS,
      onDurable: (offset) => this.#durable(offset),
      onFailure: (error) => this.#fail(error),
    });
    this.#writer = writer;
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.#append(writer, bytes);
    onOpen(this.#filename);
  }

  #take(chunk: Buffer, used: number): void {
    this.#handedOn += used;
    if (this.#failure !== null) {
      this.#options.pool.give(chunk);
      return;
    }
    this.#lent.push({ chunk, endOffset: this.#handedOn });
    const bytes = chunk.subarray(0, used);
    if (this.#writer === null) this.#early.push(bytes);
    else this.#append(this.#writer, bytes);
  }

  #append(writer: TrackWriter, bytes: Buffer): void {
    try {
      writer.append(this.#offset, [bytes]);
      this.#offset += bytes.length;
    } catch (error) {
      this.#fail(toAppError(error));
    }
  }

  #durable(offset: number): void {
    while (this.#lent.length > 0 && (this.#lent[0] as { endOffset: number }).endOffset <= offset) {
      this.#options.pool.give((this.#lent.shift() as { chunk: Buffer }).chunk);
    }
    if (this.#keyFrames.some((keyFrame) => keyFrame.offset < offset)) void this.#writeIndex(offset);
    this.#options.onDurable(offset);
  }

  /** Appends the lines of key frames that begin before `offset`. What fails is made again from the segment. */
  #writeIndex(offset: number): Promise<unknown> {
    const ready = this.#keyFrames.filter((keyFrame) => keyFrame.offset < offset);
    this.#keyFrames = this.#keyFrames.slice(ready.length);
    if (ready.length > 0) {
      const lines = ready.map(({ line }) => line).join("");
      this.#indexing = this.#indexing.then(() => this.#index?.write(lines)).catch(() => {});
    }
    return this.#indexing;
  }

  #fail(error: AppError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#early = [];
    this.#options.onFailure(error);
  }
}
