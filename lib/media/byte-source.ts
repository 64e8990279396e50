/** Bytes that can be read anywhere, a piece at a time, and a window on them for parsers. */

export interface ByteSource {
  /** Infinity: it grows, and nobody knows yet. */
  readonly sizeBytes: number;
  /**
   * The bytes of `[offset, offset + length)` that exist. They may be overwritten by the next call.
   *
   * @param least a source that grows waits until it has as many, or ends
   */
  read(offset: number, length: number, least?: number): Promise<Uint8Array>;
}

/** A source over bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

const WINDOW_BYTES = 256 * 1024;

/** Keeps one piece of a source at hand, so that reading headers one after the other costs few reads. */
export class ByteWindow {
  readonly #source: ByteSource;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /**
   * @param length at most 256 KiB
   * @returns the bytes from `offset` on, at least `length` of them unless the source ends before; valid until the next
   *   call
   */
  async at(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.#source.sizeBytes);
    if (offset < this.#start || end > this.#start + this.#bytes.length) {
      this.#bytes = await this.#source.read(offset, WINDOW_BYTES, end - offset);
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start);
  }
}
