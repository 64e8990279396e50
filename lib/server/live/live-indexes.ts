/** The live indexes that are being watched, and waiting for what is added to them. */
import { setTimeout as delay } from "node:timers/promises";
import { LiveIndexReader } from "@/lib/server/live/live-index-reader";
import type { ChangeFeed } from "@/lib/server/queue/change-feed";

/** More recordings than this watched at the same time read their indexes again now and then, nothing worse. */
const MAX_READERS = 64;
/** While somebody waits for a segment: adds this much to the delay at most. */
const LOOK_MS = 100;

interface Watched {
  reader: LiveIndexReader;
  /** One look for all who wait. */
  nextLook: Promise<boolean> | null;
}

export class LiveIndexes {
  /** By recording; who was asked for last is last. */
  readonly #watched = new Map<string, Watched>();
  readonly #changes: ChangeFeed;

  constructor(changes: ChangeFeed) {
    this.#changes = changes;
  }

  /** @param file absolute path of the recording's index */
  reader(recordingId: string, file: string): LiveIndexReader {
    return this.#of(recordingId, file).reader;
  }

  /**
   * Waits until there are more segments than `count`.
   *
   * @returns also when the recording changed, the index is another or gone, the time is over, or the caller left
   */
  async waitForMore(
    recordingId: string,
    file: string,
    { count, timeoutMs, signal }: { count: number; timeoutMs: number; signal: AbortSignal },
  ): Promise<void> {
    const watched = this.#of(recordingId, file);
    const run = watched.reader.header?.filename;
    let isOver = false;
    const unsubscribe = this.#changes.subscribe((change) => {
      if (change.recordingId === recordingId && (change.kind === "changed" || change.kind === "deleted")) isOver = true;
    });
    try {
      const until = performance.now() + timeoutMs;
      while (!isOver && !signal.aborted && performance.now() < until && watched.reader.durationsMs.length <= count) {
        watched.nextLook ??= delay(LOOK_MS)
          .then(() => watched.reader.refresh())
          .finally(() => {
            watched.nextLook = null;
          });
        const isThere = await watched.nextLook;
        if (!isThere || watched.reader.header?.filename !== run) return;
      }
    } finally {
      unsubscribe();
    }
  }

  #of(recordingId: string, file: string): Watched {
    const found = this.#watched.get(recordingId) ?? { reader: new LiveIndexReader(file), nextLook: null };
    this.#watched.delete(recordingId);
    this.#watched.set(recordingId, found);
    for (const oldest of this.#watched.keys()) {
      if (this.#watched.size <= MAX_READERS) break;
      this.#watched.delete(oldest);
    }
    return found;
  }
}
