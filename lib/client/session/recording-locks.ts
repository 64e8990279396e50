/**
 * Who holds which recording: one page of the browser at a time, from before its first stored byte until the server has
 * everything. Another page that finds the recording's bytes waits here, and gets it when the holder ends, however it does.
 */

export interface RecordingLocks {
  /**
   * Waits until no other page holds the recording, then holds it. Within this page it may be held several times.
   *
   * @returns lets it go
   * @throws {DOMException} AbortError when `signal` is aborted before
   */
  hold(recordingId: string, signal?: AbortSignal): Promise<() => void>;
  /** This page holds it. */
  isHeldHere(recordingId: string): boolean;
}

/** Lets the lock itself go. */
type Release = () => void;
type Acquire = (recordingId: string, signal: AbortSignal | undefined) => Promise<Release>;

/** One page's holds, counted; another page sees one lock. */
export class PageLocks implements RecordingLocks {
  readonly #acquire: Acquire;
  readonly #held = new Map<string, { count: number; release: Release }>();
  /** Asked for, and not here yet: a page must not wait for itself. */
  readonly #asked = new Map<string, Promise<Release>>();

  constructor(acquire: Acquire) {
    this.#acquire = acquire;
  }

  isHeldHere(recordingId: string): boolean {
    return this.#held.has(recordingId);
  }

  async hold(recordingId: string, signal?: AbortSignal): Promise<() => void> {
    if (!this.#held.has(recordingId)) {
      const asked = this.#asked.get(recordingId) ?? this.#acquire(recordingId, signal);
      this.#asked.set(recordingId, asked);
      try {
        const release = await asked;
        if (!this.#held.has(recordingId)) this.#held.set(recordingId, { count: 0, release });
      } finally {
        this.#asked.delete(recordingId);
      }
    }
    const held = this.#held.get(recordingId) as { count: number; release: Release };
    held.count += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      held.count -= 1;
      if (held.count > 0) return;
      this.#held.delete(recordingId);
      held.release();
    };
  }
}

const PREFIX = "tapedeck.recording.";

/** The browser lets go of a lock when its page ends, also by a crash (Web Locks API §4.4). */
export function webLock(locks: Pick<LockManager, "request">): Acquire {
  return (recordingId, signal) =>
    new Promise((resolve, reject) => {
      const options = signal === undefined ? {} : { signal };
      locks
        .request(PREFIX + recordingId, options, () => new Promise<void>((release) => resolve(release)))
        .catch(reject);
    });
}

/** How often a holder says that it is alive, and others look. */
const BEAT_MS = 2000;
/** Browsers hold timers of hidden pages back to one a minute; who has been silent for longer is gone. */
const SILENT_MS = 90_000;
/** Two that find a holder gone write at the same time; after this, the last word stands. */
const SETTLE_MS = 500;

/** Where there are no Web Locks: the holder writes the time down again and again. */
export function heartbeatLock(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">, page: string): Acquire {
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  return async (recordingId, signal) => {
    const key = PREFIX + recordingId;
    const beat = () => storage.setItem(key, JSON.stringify({ page, atMs: Date.now() }));
    const holder = () => {
      const { page: who, atMs } = JSON.parse(storage.getItem(key) ?? "{}") as { page?: string; atMs?: number };
      return who !== undefined && Math.abs(Date.now() - (atMs ?? 0)) < SILENT_MS ? who : null;
    };
    for (;;) {
      if (holder() === null) {
        beat();
        await sleep(SETTLE_MS);
      }
      signal?.throwIfAborted();
      if (holder() === page) break;
      await sleep(BEAT_MS);
    }
    const timer = setInterval(beat, BEAT_MS);
    return () => {
      clearInterval(timer);
      storage.removeItem(key);
    };
  };
}

let shared: RecordingLocks | null = null;

/** The locks of this page. */
export function recordingLocks(): RecordingLocks {
  if (shared === null) {
    const { locks } = navigator as Partial<Pick<Navigator, "locks">>;
    // `randomUUID` needs a secure page, as recording does; a page that is not never holds anything.
    const page = crypto.randomUUID?.() ?? String(Math.random());
    shared = new PageLocks(locks === undefined ? heartbeatLock(localStorage, page) : webLock(locks));
  }
  return shared;
}
