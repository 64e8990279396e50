/**
 * The clock file beside a track: when each chunk was handed over, as lines of `lib/protocol/ingest` clockLine. It only
 * sharpens synchronisation, so it is written every second and synced once, when the track is finished.
 */
import fs from "node:fs/promises";
import { type ClockLine, clockLine } from "@/lib/protocol/ingest";
import { storageError } from "@/lib/server/storage/track-writer";

/** Who compiles while it is recorded reads it as it grows. */
const WRITE_INTERVAL_MS = 1000;
/** A crash tears what was not written back yet: 30 s of lines on Linux, some 60 bytes each. This is a hundred times that. */
const TAIL_BYTES = 1024 ** 2;

export class ClockLog {
  readonly #file: string;
  #lines: string[] = [];
  /** The last write failed, perhaps in the middle of a line. */
  #isTorn = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** @param file absolute path; made with the first line */
  constructor(file: string) {
    this.#file = file;
  }

  add(line: ClockLine): void {
    this.#lines.push(`${JSON.stringify(line)}\n`);
    this.#timer ??= setTimeout(() => void this.write().catch(() => {}), WRITE_INTERVAL_MS);
  }

  /**
   * Writes what has gathered. What could not be written is tried again with the next lines; a line that was repeated
   * or torn by that is skipped by who reads.
   *
   * @param options.sync makes it durable too
   * @throws {AppError} storage_full or unavailable
   */
  write({ sync = false } = {}): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write(sync));
    return this.#writing;
  }

  async #write(sync: boolean): Promise<void> {
    const lines = this.#lines;
    if (lines.length === 0 && !sync) return;
    this.#lines = [];
    try {
      const handle = await fs.open(this.#file, "a", 0o640);
      try {
        await handle.appendFile((this.#isTorn ? "\n" : "") + lines.join(""));
        if (sync) await handle.datasync();
      } finally {
        await handle.close();
      }
      this.#isTorn = false;
    } catch (error) {
      this.#isTorn = true;
      this.#lines = [...lines, ...this.#lines];
      throw storageError(error);
    }
  }
}

/**
 * Cuts a clock file after its last whole line, so that the next line does not continue one that a crash tore. A power
 * cut can leave zeros where lines were not written back.
 *
 * @returns bytes cut off; 0 when nothing is torn, or there is no such file
 */
export async function cutTornClock(file: string): Promise<number> {
  const handle = await fs.open(file, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return 0;
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const tail = Buffer.alloc(size - from);
    await handle.read(tail, 0, tail.length, from);
    const torn = tail.length - wholeBytes(tail);
    if (torn > 0) {
      await handle.truncate(size - torn);
      await handle.datasync();
    }
    return torn;
  } finally {
    await handle.close();
  }
}

/** Bytes up to the end of the last line that can be read. */
function wholeBytes(tail: Buffer): number {
  let end = tail.lastIndexOf(10) + 1;
  while (end > 0) {
    const start = tail.lastIndexOf(10, end - 2) + 1;
    if (isClockLine(tail.toString("utf8", start, end))) return end;
    end = start;
  }
  return 0;
}

function isClockLine(text: string): boolean {
  try {
    return clockLine.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
