/**
 * The MP4 that grows while a recording runs, and the index beside it. Samples are appended; of what is written only sizes
 * are set, eight bytes each. So the digest runs along, and what is left at the end is that of the last few samples and of
 * the file's own index.
 *
 * Players that come from the beginning hop over each `mdat` to find the index, so there are to be few; the digest cannot go
 * beyond the size of one that still grows, so they are to be small. So samples are put into small ones, runs, and complete
 * runs become one `mdat`, a part, behind the writer: its first run is given the size of all, the headers of the others are
 * bytes that nothing refers to, and its digest is taken anew. A part that is not made when the recording ends stays runs.
 */
import { createHash, type Hash } from "node:crypto";
import fs from "node:fs/promises";
import { SILENT_STEREO_FRAME } from "@/lib/media/adts";
import type { LiveHeader, LiveSegment } from "@/lib/media/mp4/live-layout";
import { fileType, MEDIA_DATA_HEADER_BYTES, mediaDataHeader } from "@/lib/media/mp4/movie";

/** A part is a sixty-fourth of the file as it is then, and not below 16 MiB: 64 up to 1 GiB, 100 more up to 5 GiB. */
const MIN_PART_BYTES = 16 * 1024 ** 2;
const PARTS = 64;
/** Of a part, or some more, as segments fit into them; at the end as many may be left beside the parts. */
const RUNS = 16;
const SYNC_BYTES = 8 * 1024 ** 2;
const READ_BYTES = 1024 ** 2;

export interface LivePaths {
  /** Absolute, of the MP4. */
  mp4: string;
  /** Absolute, of the index under the name by which it is read, and of the one that is being begun. */
  index: string;
  newIndex: string;
}

export class LiveFile {
  readonly paths: LivePaths;
  readonly #mp4: fs.FileHandle;
  #index: fs.FileHandle | null = null;
  /** Of what is hashed. */
  #hash = createHash("sha256");
  #hashing: Promise<void> = Promise.resolve();
  #hashedBytes = 0;
  #endBytes = 0;
  #partStart = 0;
  /** Of all before the part whose runs are hashed. */
  #hashBeforePart = this.#hash;
  #runStart = 0;
  #isFinishing = false;
  #syncedBytes = 0;
  #isClosed = false;

  private constructor(paths: LivePaths, mp4: fs.FileHandle) {
    this.paths = paths;
    this.#mp4 = mp4;
  }

  /** Begins the file, with a frame of silence in it that the index may refer to. */
  static async create(paths: LivePaths): Promise<LiveFile> {
    const file = new LiveFile(paths, await fs.open(paths.mp4, "wx+", 0o640));
    await file.#append(fileType());
    file.#partStart = file.#endBytes;
    await file.#openRun();
    await file.#append(SILENT_STEREO_FRAME);
    return file;
  }

  /** Where the frame of silence lies. */
  get silenceOffset(): number {
    return fileType().length + MEDIA_DATA_HEADER_BYTES;
  }

  get sizeBytes(): number {
    return this.#endBytes;
  }

  /** Begins the index; from now on it is the one of the recording. */
  async writeHeader(header: LiveHeader): Promise<void> {
    this.#index = await fs.open(this.paths.newIndex, "w", 0o640);
    await this.#index.appendFile(`${JSON.stringify(header)}\n`);
    await fs.rename(this.paths.newIndex, this.paths.index);
  }

  /**
   * Appends a segment's samples, then its line.
   *
   * @param describe what the line says, given where the samples begin
   */
  async appendSegment(samples: readonly Uint8Array[], describe: (offsetBytes: number) => LiveSegment): Promise<void> {
    const bytes = Buffer.concat(samples);
    const maxPartBytes = Math.max(MIN_PART_BYTES, this.#endBytes / PARTS);
    const isPartFull = this.#endBytes - this.#partStart + bytes.length > maxPartBytes;
    if (isPartFull || this.#endBytes - this.#runStart + bytes.length > maxPartBytes / RUNS) {
      await this.#closeRun();
      if (isPartFull) this.#closePart();
      await this.#openRun();
    }
    const offsetBytes = this.#endBytes;
    await this.#append(bytes);
    await this.#index?.appendFile(`${JSON.stringify(describe(offsetBytes))}\n`);
    if (this.#endBytes - this.#syncedBytes < SYNC_BYTES) return;
    this.#syncedBytes = this.#endBytes;
    // So that little is left at the end; whether it worked is found out there.
    void this.#mp4.datasync().catch(() => {});
  }

  /** Appends the index and closes the file, which is not synced yet. */
  async finish(moov: Uint8Array): Promise<{ sizeBytes: number; sha256: string }> {
    this.#isFinishing = true;
    await this.#closeRun();
    await Promise.all([this.#hashing, this.#append(moov)]);
    this.#hash.update(moov);
    await this.close();
    return { sizeBytes: this.#endBytes, sha256: this.#hash.digest("hex") };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#hashing.catch(() => {});
    await this.#mp4.close();
    await this.#index?.close();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const rest = await this.#mp4.write(bytes, written, bytes.length - written, this.#endBytes + written);
      written += rest.bytesWritten;
    }
    this.#endBytes += bytes.length;
  }

  async #openRun(): Promise<void> {
    this.#runStart = this.#endBytes;
    await this.#append(mediaDataHeader(null));
  }

  async #closeRun(): Promise<void> {
    const [from, to, isFirst] = [this.#runStart, this.#endBytes, this.#runStart === this.#partStart];
    await this.#mp4.write(headerOf(from, to), 0, MEDIA_DATA_HEADER_BYTES, from);
    this.#afterHashing(async () => {
      if (isFirst) {
        // What the file begins with belongs to no part.
        await this.#hashTo(from);
        this.#hashBeforePart = this.#hash.copy();
      }
      await this.#hashTo(to);
    });
  }

  /** Its runs become one, unless the recording ends before they have. */
  #closePart(): void {
    const [from, to] = [this.#partStart, this.#endBytes];
    this.#partStart = to;
    this.#afterHashing(async () => {
      const hash = this.#hashBeforePart.update(headerOf(from, to));
      for (let at = from + MEDIA_DATA_HEADER_BYTES; at < to; ) {
        if (this.#isFinishing) return;
        at += await this.#hashPiece(hash, at, to);
      }
      await this.#mp4.write(headerOf(from, to), 0, MEDIA_DATA_HEADER_BYTES, from);
      this.#hash = hash;
    });
  }

  #afterHashing(work: () => Promise<void>): void {
    this.#hashing = this.#hashing.then(work);
    // Who finishes hears of it.
    this.#hashing.catch(() => {});
  }

  async #hashTo(to: number): Promise<void> {
    while (this.#hashedBytes < to) this.#hashedBytes += await this.#hashPiece(this.#hash, this.#hashedBytes, to);
  }

  /** @returns how many bytes */
  async #hashPiece(hash: Hash, from: number, to: number): Promise<number> {
    const length = Math.min(READ_BYTES, to - from);
    const piece = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#mp4.read(piece, 0, length, from);
    if (bytesRead === 0) throw new Error("the file is shorter than what was written to it");
    hash.update(piece.subarray(0, bytesRead));
    return bytesRead;
  }
}

/** Of an `mdat` from its header on. */
function headerOf(from: number, to: number): Uint8Array {
  return mediaDataHeader(to - from - MEDIA_DATA_HEADER_BYTES);
}
