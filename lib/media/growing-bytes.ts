/** Bytes that more are added to while they are read; what has been used is forgotten. */
import type { ByteSource } from "@/lib/media/byte-source";

/** Used bytes that are kept before memory is given back. */
const MAX_USED_BYTES = 1024 ** 2;

export class GrowingBytes implements ByteSource {
  #bytes = new Uint8Array(256 * 1024);
  /** Offsets in the whole of what is kept, `[#start, #end)`. */
  #start = 0;
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

  push(bytes: Uint8Array): void {
    const kept = this.#end - this.#start;
    if (kept + bytes.length > this.#bytes.length) {
      // Never moved within: windows on it stay as they are.
      const larger = new Uint8Array(Math.max(2 * kept, kept + 2 * bytes.length));
      larger.set(this.#bytes.subarray(0, kept));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, kept);
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

  async read(offset: number, length: number, least = 1): Promise<Uint8Array> {
    while (this.#failure === null && !this.#isEnded && this.#end < offset + least) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    if (this.#failure !== null) throw this.#failure.error;
    const from = offset - this.#start;
    return this.#bytes.subarray(from, Math.min(from + length, this.#end - this.#start));
  }

  /** Bytes before `offset` are not read again. */
  release(offset: number): void {
    this.#used = Math.max(this.#used, Math.min(offset, this.#end));
    const used = this.#used - this.#start;
    if (used >= Math.max(MAX_USED_BYTES, (this.#end - this.#start) / 2)) {
      this.#bytes = this.#bytes.slice(used);
      this.#start = this.#used;
    }
    if (this.#waiters.length > 0) this.#wake();
  }

  /** Resolves when fewer bytes than this wait to be used, or it is over. */
  async room(bytes: number): Promise<void> {
    while (this.#failure === null && !this.#isEnded && this.waitingBytes >= bytes) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
