/** Buffers on their way to the disk, lent and given back: all cameras of a process share them, so that none is made anew. */

import { TS_PACKET_BYTES } from "@/lib/media/mpegts/ts-tables";
import type { PacketOutput } from "@/lib/media/mpegts/ts-writer";

/** Whole packets, a little under 64 KiB: at 4 Mb/s one lasts for an eighth of a second. */
export const CHUNK_BYTES = 348 * TS_PACKET_BYTES;
/** More than that many that lie idle are left to the garbage collector. */
const MAX_IDLE = 256;

export class ChunkPool {
  readonly #idle: Buffer[] = [];

  take(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  give(chunk: Buffer): void {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(chunk);
  }
}

/** Packets into lent buffers; each that is full is handed on. */
export class ChunkOutput implements PacketOutput {
  readonly #pool: ChunkPool;
  readonly #onChunk: (chunk: Buffer, used: number) => void;
  buffer: Buffer;
  at = 0;
  /** When the first packet of the current buffer came, by performance.now(). */
  sinceMs = 0;

  /** @param onChunk takes a buffer over, with the bytes of it that count */
  constructor(pool: ChunkPool, onChunk: (chunk: Buffer, used: number) => void) {
    this.#pool = pool;
    this.#onChunk = onChunk;
    this.buffer = pool.take();
  }

  reserve(): void {
    if (this.at + TS_PACKET_BYTES > this.buffer.length) this.flush();
    if (this.at === 0) this.sinceMs = performance.now();
  }

  /** Hands on what there is. */
  flush(): void {
    if (this.at === 0) return;
    const { buffer, at } = this;
    this.buffer = this.#pool.take();
    this.at = 0;
    this.#onChunk(buffer, at);
  }

  /** Gives the buffer back; nothing may be written afterwards. */
  release(): void {
    this.#pool.give(this.buffer);
    this.at = 0;
  }
}
