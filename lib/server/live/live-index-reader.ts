/**
 * Reads the live index of a recording as it grows. What is kept of a segment is where its line is and how long it plays
 * (24 bytes, 350 kB for eight hours); the rest is read again when somebody wants the segment.
 */
import fs from "node:fs/promises";
import type { LiveHeader, LiveSegment } from "@/lib/media/mp4/live-layout";
import { liveHeader, liveSegment } from "@/lib/protocol/live-index";

/** A line is a few kilobytes: some sixty pictures and a hundred frames of sound. */
const MAX_LINE_BYTES = 1024 ** 2;
const READ_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export class LiveIndexReader {
  #file: string;
  /** Of the file that was read: a follower that begins anew puts another in its place. */
  #inode: number | null = null;
  #header: LiveHeader | null = null;
  /** Up to where whole lines were read. */
  #readBytes = 0;
  #offsetsBytes: number[] = [];
  #lengthsBytes: number[] = [];
  readonly #durationsMs: number[] = [];
  #refreshing: Promise<boolean> | null = null;

  /** @param file absolute path of the index */
  constructor(file: string) {
    this.#file = file;
  }

  /** Gives the file another name in its folder, under which it is read on. @param file absolute path */
  async rename(file: string): Promise<void> {
    if (file !== this.#file) await fs.rename(this.#file, file);
    this.#file = file;
  }

  /** null: there is none yet. Another file name than before: everything began anew. */
  get header(): LiveHeader | null {
    return this.#header;
  }

  /** How long each segment plays, milliseconds. */
  get durationsMs(): readonly number[] {
    return this.#durationsMs;
  }

  /**
   * Reads what was added. Calls at the same time share one reading.
   *
   * @returns false: there is no index
   */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** @returns a segment by its number, from 0; null: there is none */
  async segment(index: number): Promise<LiveSegment | null> {
    const offsetBytes = this.#offsetsBytes[index];
    const lengthBytes = this.#lengthsBytes[index];
    if (offsetBytes === undefined || lengthBytes === undefined) return null;
    const inode = this.#inode;
    const handle = await openToRead(this.#file);
    if (handle === null) return null;
    try {
      if ((await handle.stat()).ino !== inode) return null;
      const line = Buffer.alloc(lengthBytes);
      await handle.read(line, 0, lengthBytes, offsetBytes);
      return liveSegment.parse(JSON.parse(line.toString("utf8")));
    } finally {
      await handle.close();
    }
  }

  async #read(): Promise<boolean> {
    const handle = await openToRead(this.#file);
    if (handle === null) {
      this.#forget(null);
      return false;
    }
    try {
      const { ino, size } = await handle.stat();
      if (ino !== this.#inode || size < this.#readBytes) this.#forget(ino);
      let rest: Buffer = Buffer.alloc(0);
      for (let position = this.#readBytes; position < size; ) {
        const piece = Buffer.alloc(Math.min(READ_BYTES, size - position));
        const { bytesRead } = await handle.read(piece, 0, piece.length, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        rest = this.#take(Buffer.concat([rest, piece.subarray(0, bytesRead)]));
        if (rest.length > MAX_LINE_BYTES) throw new Error(`a line of ${this.#file} has no end`);
      }
      return this.#header !== null;
    } finally {
      await handle.close();
    }
  }

  /** Takes the whole lines. @returns what is left: the beginning of a line */
  #take(bytes: Buffer): Buffer {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      const line: unknown = JSON.parse(bytes.toString("utf8", from, end));
      if (this.#header === null) {
        this.#header = liveHeader.parse(line);
      } else {
        this.#offsetsBytes.push(this.#readBytes);
        this.#lengthsBytes.push(end - from);
        this.#durationsMs.push(liveSegment.parse(line).durationMs);
      }
      this.#readBytes += end + 1 - from;
      from = end + 1;
    }
    return bytes.subarray(from);
  }

  #forget(inode: number | null): void {
    this.#inode = inode;
    this.#header = null;
    this.#readBytes = 0;
    this.#offsetsBytes = [];
    this.#lengthsBytes = [];
    this.#durationsMs.length = 0;
  }
}

async function openToRead(file: string): Promise<fs.FileHandle | null> {
  try {
    return await fs.open(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
