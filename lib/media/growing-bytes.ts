/** Bytes that more are added to while they are read; what has been used is forgotten. */
import type { ByteSource } from "@/lib/media/byte-source";

/** What was added at a time. It is never changed, so windows on it stay as they are. */
interface Piece {
  /** Offset in the whole. */
  start: number;
  bytes: Uint8Array;
}

export class GrowingBytes implements ByteSource {
  /** What is kept, without a hole from one to the next. */
  #pieces: Piece[] = [];
  /** Offset in the whole of what comes next. */
  #end = 0;
  #used = 0;
  #isEnded = false;
  #failure: { error: unknown } | null = null;
  #waiters: (() => void)[] = [];

  get sizeBytes(): number {
    return this.#isEnded ? this.#end : Number.POSITIVE_INFINITY;
  }

  /** Bytes that have come so far. */
  get endBytes(): number {
    return this.#end;
  }

  /** Bytes that are there and not used yet. */
  get waitingBytes(): number {
    return this.#end - this.#used;
  }

  /** @param bytes are copied */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push({ start: this.#end, bytes: Uint8Array.from(bytes) });
    this.#end += bytes.length;
    this.#wake();
  }

  /** Nothing more comes. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Whoever reads gets this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** @returns at most `length` bytes; fewer than `least` only at the end */
  async read(offset: number, length: number, least = 1): Promise<Uint8Array> {
    while (this.#failure === null && !this.#isEnded && this.#end < offset + least) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    if (this.#failure !== null) throw this.#failure.error;
    if (offset >= this.#end) return new Uint8Array(0);
    const index = this.#pieceAt(offset);
    const piece = this.#pieces[index];
    if (piece === undefined) throw new Error(`byte ${offset} has been forgotten`);
    const wanted = Math.min(least, this.#end - offset);
    const from = offset - piece.start;
    if (piece.bytes.length - from >= wanted) return piece.bytes.subarray(from, from + length);
    return this.#joined(index, from, wanted);
  }

  /** Bytes before `offset` are not read again. */
  release(offset: number): void {
    this.#used = Math.max(this.#used, Math.min(offset, this.#end));
    let used = 0;
    for (const { start, bytes } of this.#pieces) {
      if (start + bytes.length > this.#used) break;
      used += 1;
    }
    if (used > 0) this.#pieces.splice(0, used);
    if (this.#waiters.length > 0) this.#wake();
  }

  /** Resolves when fewer bytes than this wait to be used, or it is over. */
  async room(bytes: number): Promise<void> {
    while (this.#failure === null && !this.#isEnded && this.waitingBytes >= bytes) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** @returns the index of the piece that holds a byte that has come; -1: it is kept no more */
  #pieceAt(offset: number): number {
    let [low, high] = [0, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#pieces[middle] as Piece).start <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Bytes that lie in several pieces, copied. */
  #joined(index: number, from: number, length: number): Uint8Array {
    const joined = new Uint8Array(length);
    let [filled, skipped] = [0, from];
    for (let at = index; filled < length; at += 1) {
      const { bytes } = this.#pieces[at] as Piece;
      const part = bytes.subarray(skipped, skipped + length - filled);
      joined.set(part, filled);
      filled += part.length;
      skipped = 0;
    }
    return joined;
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
