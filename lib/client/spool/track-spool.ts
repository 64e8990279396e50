/**
 * The bytes of one track between its recorder and the server. New ones are in memory at once and stored right after;
 * memory keeps no more than a small window of what is stored. When the browser stores nothing more, memory keeps it all,
 * up to a limit, and the page is told.
 */
import { bytesMissing, storageError } from "@/lib/client/spool/storage-error";
import type { StoredTrack, TrackChunk, TrackStore } from "@/lib/client/spool/track-store";
import type { AppError } from "@/lib/domain/errors";

/** Stored bytes that stay in memory, so that a good connection never reads from the disk: 4 s at 4 Mb/s. */
const WINDOW_BYTES = 2 * 1024 ** 2;
/** What memory holds when nothing can be stored: half an hour at 2.5 Mb/s, and well below what ends a tab. */
const MEMORY_LIMIT_BYTES = 512 * 1024 ** 2;
/** The acknowledged offset is written down at most once for this much. */
const NOTE_EVERY_BYTES = 1024 ** 2;

export interface TrackSpoolOptions {
  windowBytes?: number;
  memoryLimitBytes?: number;
  /** Called once, when bytes can no longer be stored and stay in memory instead. */
  onDegraded?: (error: AppError) => void;
  /** Called once, when memory is full too: recording must end. */
  onFull?: () => void;
}

interface HeldChunk extends TrackChunk {
  isStored: boolean;
}

export class TrackSpool {
  readonly #store: TrackStore | null;
  readonly #options: TrackSpoolOptions;
  readonly #windowBytes: number;
  readonly #memoryLimitBytes: number;
  /** In memory, ascending and without holes, up to the end. */
  #held: HeldChunk[] = [];
  #heldBytes = 0;
  #startOffset = 0;
  #endOffset = 0;
  #notedOffset = 0;
  #begun = { mimeType: "", startedAtMs: 0 };
  #isComplete = false;
  #isLast = false;
  /** Left by an earlier page: nothing is appended, and the server may have more than was stored. */
  #isRestored = false;
  #canStore: boolean;
  #isFull = false;
  /** Calls to the store, one after another. */
  #storing: Promise<void> = Promise.resolve();

  /** @param store null: everything stays in memory */
  constructor(store: TrackStore | null, options: TrackSpoolOptions = {}) {
    this.#store = store;
    this.#canStore = store !== null;
    this.#options = options;
    this.#windowBytes = options.windowBytes ?? WINDOW_BYTES;
    this.#memoryLimitBytes = options.memoryLimitBytes ?? MEMORY_LIMIT_BYTES;
  }

  /** What an earlier page left of a track. */
  static restore({ facts, startOffset, endOffset }: StoredTrack, store: TrackStore): TrackSpool {
    const spool = new TrackSpool(store);
    const { mimeType, startedAtMs, isComplete, isLast } = facts;
    spool.#begun = { mimeType, startedAtMs };
    spool.#isComplete = isComplete;
    spool.#isLast = isLast;
    spool.#isRestored = true;
    spool.#startOffset = startOffset;
    spool.#notedOffset = startOffset;
    spool.#endOffset = endOffset;
    return spool;
  }

  /** Where the next byte goes. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Bytes before it were released and may be gone. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /**
   * What can be sent again, from the last acknowledged byte on. null for what an earlier page left: it may have heard of
   * more than it wrote down.
   */
  get held(): { fromOffset: number; endOffset: number } | null {
    return this.#isRestored ? null : { fromOffset: this.#startOffset, endOffset: this.#endOffset };
  }

  /** Bytes that memory holds, stored or not. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes the next bytes of the track; they can be read from now on. */
  append(bytes: Uint8Array<ArrayBuffer>, perfMs: number): void {
    const chunk: HeldChunk = { offset: this.#endOffset, bytes, perfMs, isStored: false };
    this.#held.push(chunk);
    this.#heldBytes += bytes.length;
    this.#endOffset += bytes.length;
    this.#enqueue(async (store) => {
      // What the server had before its turn came need not be stored.
      if (!this.#canStore || endOf(chunk) <= this.#startOffset) return;
      await store.append(chunk);
      chunk.isStored = true;
      this.#evict();
    });
    if (this.#heldBytes > this.#memoryLimitBytes && !this.#isFull) {
      this.#isFull = true;
      this.#options.onFull?.();
    }
  }

  /**
   * Bytes from `offset` on, at least one.
   *
   * @param offset at or after the start and before the end
   * @throws {AppError} not_found when the store has lost them
   */
  async read(offset: number, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const first = this.#held.findIndex((chunk) => offset < endOf(chunk));
    const firstHeld = this.#held[first];
    if (offset >= this.#endOffset) throw new RangeError(`nothing to read at ${offset} of ${this.#endOffset}`);
    if (firstHeld !== undefined && offset >= firstHeld.offset) {
      return gather(this.#held.slice(first), offset, maxBytes);
    }
    if (this.#store === null) throw bytesMissing();
    return this.#store.read(offset, Math.min(maxBytes, (firstHeld?.offset ?? this.#endOffset) - offset));
  }

  /** The server has everything before `offset`: it may be forgotten here. */
  release(offset: number): void {
    if (offset <= this.#startOffset) return;
    this.#startOffset = Math.min(offset, this.#endOffset);
    while (this.#held[0] !== undefined && endOf(this.#held[0]) <= this.#startOffset) this.#drop();
    if (this.#startOffset - this.#notedOffset < NOTE_EVERY_BYTES) return;
    this.#notedOffset = this.#startOffset;
    this.#note();
  }

  /**
   * The server has everything before `offset`, also what lies behind the end: the page that recorded it had sent it, and
   * had not stored it yet when it ended.
   *
   * @returns whether that can be; of a track that is being recorded here the server cannot have more than there is
   */
  reach(offset: number): boolean {
    if (offset > this.#endOffset && this.#isRestored) this.#endOffset = offset;
    return offset >= this.#startOffset && offset <= this.#endOffset;
  }

  /** Writes down what is known once the recorder has started. */
  begin(begun: { mimeType: string; startedAtMs: number }): void {
    this.#begun = begun;
    this.#note();
  }

  /** No more bytes will be appended. */
  complete(): void {
    this.#isComplete = true;
    this.#note();
  }

  /** The user has ended the recording: no take follows. */
  markLast(): void {
    this.#isLast = true;
    this.#note();
  }

  /** Removes everything that is stored; resolves also when that fails, as nobody can do anything about it. */
  async remove(): Promise<void> {
    this.#canStore = false;
    this.#held = [];
    this.#heldBytes = 0;
    await this.#storing;
    await this.#store?.remove().catch(() => {});
  }

  /** Resolves when everything appended so far is stored, or is known to stay in memory. */
  async settled(): Promise<void> {
    await this.#storing;
  }

  #note(): void {
    this.#enqueue(async (store) => {
      if (!this.#canStore) return;
      await store.release(this.#startOffset);
      const [ackedOffset, isComplete, isLast] = [this.#startOffset, this.#isComplete, this.#isLast];
      await store.note({ ...this.#begun, ackedOffset, isComplete, isLast });
    });
  }

  #enqueue(act: (store: TrackStore) => Promise<void>): void {
    const store = this.#store;
    if (store === null) return;
    this.#storing = this.#storing.then(() => act(store)).catch((error) => this.#degrade(storageError(error)));
  }

  #degrade(error: AppError): void {
    if (!this.#canStore) return;
    this.#canStore = false;
    this.#options.onDegraded?.(error);
  }

  #evict(): void {
    while (this.#heldBytes > this.#windowBytes && this.#held.length > 1 && this.#held[0]?.isStored) this.#drop();
  }

  #drop(): void {
    this.#heldBytes -= this.#held.shift()?.bytes.length ?? 0;
  }
}

function endOf({ offset, bytes }: TrackChunk): number {
  return offset + bytes.length;
}

/** @param chunks without holes, the first one holding `offset` */
function gather(chunks: TrackChunk[], offset: number, maxBytes: number): Uint8Array<ArrayBuffer> {
  const [first] = chunks as [TrackChunk];
  const available = endOf(chunks.at(-1) as TrackChunk) - offset;
  if (endOf(first) - offset >= Math.min(available, maxBytes)) {
    return first.bytes.subarray(offset - first.offset, offset - first.offset + maxBytes);
  }
  const gathered = new Uint8Array(Math.min(available, maxBytes));
  let filled = 0;
  for (const chunk of chunks) {
    const from = offset + filled - chunk.offset;
    const piece = chunk.bytes.subarray(from, from + gathered.length - filled);
    gathered.set(piece, filled);
    filled += piece.length;
    if (filled === gathered.length) break;
  }
  return gathered;
}
