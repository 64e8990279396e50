/** The browser's room for recordings: asks it to keep them, and looks how much there is. */

/** What is left of the room, when it is little. */
export interface LittleRoom {
  freeBytes: number;
  /** How much more recording that is while the server takes nothing; null: not known yet. */
  leftMs: number | null;
}

/** Less room than this much recording is worth a warning: time enough to do something about it. */
const WARN_MS = 10 * 60_000;
/** Below this it is little, whatever is recorded. */
const WARN_BYTES = 256 * 1024 ** 2;
const LOOK_EVERY_MS = 10_000;

/** Asks that the browser does not clear what it keeps when its disk fills up. Some ask the user; none is waited for. */
export function askToPersist(): void {
  void navigator.storage?.persist?.().catch(() => {});
}

/** @returns null while there is enough */
export function littleRoom(freeBytes: number, recordedPerMs: number): LittleRoom | null {
  const leftMs = recordedPerMs > 0 ? freeBytes / recordedPerMs : null;
  return freeBytes < WARN_BYTES || (leftMs !== null && leftMs < WARN_MS) ? { freeBytes, leftMs } : null;
}

export class StorageRoom {
  #freeBytes: number | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** Looks now and then; call it often. @param recordedPerMs bytes a millisecond that are recorded */
  look(recordedPerMs: number): LittleRoom | null {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs > LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      void this.#estimate();
    }
    return this.#freeBytes === null ? null : littleRoom(this.#freeBytes, recordedPerMs);
  }

  async #estimate(): Promise<void> {
    try {
      const { quota, usage } = await navigator.storage.estimate();
      this.#freeBytes = quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
    } catch {
      // A browser that does not tell: then only running out tells.
    }
  }
}
