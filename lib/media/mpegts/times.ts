/** Times of 33 bits as PES headers hold them, between marker bits (ISO 13818-1 §2.4.3.7). */

const TWO_32 = 2 ** 32;

/** @param mark the four bits before it; @param ticks of 90 kHz */
export function writeTime(bytes: Uint8Array, at: number, mark: number, ticks: number): void {
  const value = Math.max(0, Math.floor(ticks));
  const top = Math.floor(value / TWO_32) & 1;
  const low = (value % TWO_32) >>> 0;
  bytes[at] = (mark << 4) | (top << 3) | ((low >>> 30) << 1) | 1;
  bytes[at + 1] = (low >>> 22) & 0xff;
  bytes[at + 2] = (((low >>> 15) & 0x7f) << 1) | 1;
  bytes[at + 3] = (low >>> 7) & 0xff;
  bytes[at + 4] = ((low & 0x7f) << 1) | 1;
}

export function readTime(bytes: Uint8Array, at: number): number {
  const byte = (index: number) => bytes[at + index] as number;
  return ((byte(0) >> 1) & 7) * 2 ** 30 + ((byte(1) << 22) | ((byte(2) >> 1) << 15) | (byte(3) << 7) | (byte(4) >> 1));
}
