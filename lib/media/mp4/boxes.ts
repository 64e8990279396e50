/** Writes the boxes of an MP4 (ISO/IEC 14496-12 §4.2): size, type, content. */

/** What a box is put together from: bytes, or numbers that are bytes. */
export type BoxPart = Uint8Array | readonly number[];

/** A box of up to 4 GiB. */
export function box(type: string, ...parts: BoxPart[]): Uint8Array {
  let size = 8;
  for (const part of parts) size += part.length;
  const bytes = new Uint8Array(size);
  bytes.set(u32(size));
  bytes.set(ascii(type), 4);
  let position = 8;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** A box with version and flags. */
export function fullBox(type: string, version: number, flags: number, ...parts: BoxPart[]): Uint8Array {
  return box(type, [version, ...u24(flags)], ...parts);
}

export function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function u16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

export function u24(value: number): number[] {
  return [(value >>> 16) & 0xff, ...u16(value)];
}

/** @param value may be negative: its two's complement is written */
export function u32(value: number): number[] {
  return [(value >>> 24) & 0xff, ...u24(value)];
}

/** @param value an integer of up to 2^53 */
export function u64(value: number): number[] {
  return [...u32(Math.floor(value / 2 ** 32)), ...u32(value % 2 ** 32)];
}

/** A duration as wide as its box is by its version. */
export function wide(version: number, value: number): number[] {
  return version === 1 ? u64(value) : u32(value);
}

/** The version of a box whose times need 64 bits, or not. */
export function versionFor(...values: number[]): 0 | 1 {
  return values.some((value) => value >= 2 ** 32) ? 1 : 0;
}

/** Seconds between the epoch of MP4 (1904) and that of Unix (§8.2.2.3). */
const MP4_EPOCH_SECONDS = 2_082_844_800;

export function mp4Time(at: Date): number {
  return Math.floor(at.getTime() / 1000) + MP4_EPOCH_SECONDS;
}

/** A transformation matrix that changes nothing (§8.2.2.2). */
export const UNITY_MATRIX = [
  ...[...u32(0x10000), ...u32(0), ...u32(0)],
  ...[...u32(0), ...u32(0x10000), ...u32(0)],
  ...[...u32(0), ...u32(0), ...u32(0x40000000)],
];
