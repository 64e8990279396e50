/**
 * The clock file beside a track: when each chunk was handed over, as lines of `lib/protocol/ingest` clockLine. It only
 * sharpens synchronisation, so it is written every few seconds and synced once, when the track is finished.
 */
import fs from "node:fs/promises";
import type { ClockLine } from "@/lib/protocol/ingest";

const WRITE_INTERVAL_MS = 5000;

export class ClockLog {
  readonly #file: string;
  #lines: string[] = [];
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
   * Writes what has gathered.
   *
   * @param options.sync makes it durable too
   */
  write({ sync = false } = {}): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#lines;
    this.#lines = [];
    this.#writing = this.#writing
      .catch(() => {})
      .then(async () => {
        if (lines.length === 0 && !sync) return;
        const handle = await fs.open(this.#file, "a", 0o640);
        try {
          await handle.appendFile(lines.join(""));
          if (sync) await handle.datasync();
        } finally {
          await handle.close();
        }
      });
    return this.#writing;
  }
}
