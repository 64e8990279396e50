/**
 * The MP4 that grows while a recording runs, and the index beside it. Samples are appended; of what is written only the
 * size of each part is set when it is complete, eight bytes. So the digest runs along, one part behind, and what is left
 * at the end is the last part's digest and the file's own index.
 */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import { SILENT_STEREO_FRAME } from "@/lib/media/adts";
import type { LiveHeader, LiveSegment } from "@/lib/media/mp4/live-layout";
import { fileType, MEDIA_DATA_HEADER_BYTES, mediaDataHeader } from "@/lib/media/mp4/movie";

/**
 * A part is one `mdat`. Players that come from the beginning hop over each to find the index, so there are to be few; the
 * last is still to be digested at the end, so it is to be small: 64 to the file, and never below 16 MiB.
 */
const MIN_PART_BYTES = 16 * 1024 ** 2;
const PARTS = 64;
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
  readonly #hash = createHash("sha256");
  #hashing: Promise<void> = Promise.resolve();
  #hashedBytes = 0;
  #endBytes = 0;
  #partStart = 0;
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
    await file.#openPart();
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
    const partBytes = this.#endBytes - this.#partStart;
    if (partBytes + bytes.length > Math.max(MIN_PART_BYTES, this.#endBytes / PARTS)) {
      await this.#closePart();
      await this.#openPart();
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
    await this.#closePart();
    await this.#hashing;
    await this.#append(moov);
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

  async #openPart(): Promise<void> {
    this.#partStart = this.#endBytes;
    await this.#append(mediaDataHeader(null));
  }

  async #closePart(): Promise<void> {
    const header = mediaDataHeader(this.#endBytes - this.#partStart - MEDIA_DATA_HEADER_BYTES);
    await this.#mp4.write(header, 0, header.length, this.#partStart);
    const to = this.#endBytes;
    this.#hashing = this.#hashing.then(() => this.#hashTo(to));
    // Who finishes hears of it.
    this.#hashing.catch(() => {});
  }

  async #hashTo(to: number): Promise<void> {
    const piece = Buffer.allocUnsafe(READ_BYTES);
    while (this.#hashedBytes < to) {
      const length = Math.min(READ_BYTES, to - this.#hashedBytes);
      const { bytesRead } = await this.#mp4.read(piece, 0, length, this.#hashedBytes);
      if (bytesRead === 0) throw new Error("the file is shorter than what was written to it");
      this.#hash.update(piece.subarray(0, bytesRead));
      this.#hashedBytes += bytesRead;
    }
  }
}
