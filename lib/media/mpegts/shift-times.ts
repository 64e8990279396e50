/** Moves all times of a transport stream of ours, in place, so that pieces of several segments make one. */

import { readTime, writeTime } from "@/lib/media/mpegts/times";
import { TS_PACKET_BYTES } from "@/lib/media/mpegts/ts-tables";

/**
 * @param bytes whole packets
 * @param ticks of 90 kHz that are added; no time may become negative
 */
export function shiftTimes(bytes: Uint8Array, ticks: number): void {
  for (let at = 0; at + TS_PACKET_BYTES <= bytes.length; at += TS_PACKET_BYTES) {
    const control = bytes[at + 3] as number;
    let head = at + 4;
    if ((control & 0x20) !== 0) {
      const length = bytes[head] as number;
      if (length >= 7 && ((bytes[head + 1] as number) & 0x10) !== 0) shiftClock(bytes, head + 2, ticks);
      head += 1 + length;
    }
    if (((bytes[at + 1] as number) & 0x40) === 0 || (control & 0x10) === 0 || head + 14 > at + TS_PACKET_BYTES)
      continue;
    if (bytes[head] !== 0 || bytes[head + 1] !== 0 || bytes[head + 2] !== 1) continue;
    const flags = bytes[head + 7] as number;
    if (flags < 0x80) continue;
    shiftTime(bytes, head + 9, ticks);
    if ((flags & 0x40) !== 0) shiftTime(bytes, head + 14, ticks);
  }
}

function shiftTime(bytes: Uint8Array, at: number, ticks: number): void {
  writeTime(bytes, at, (bytes[at] as number) >> 4, readTime(bytes, at) + ticks);
}

/** The base of a clock reference, of 33 bits (ISO 13818-1 §2.4.3.5); its extension stays. */
function shiftClock(bytes: Uint8Array, at: number, ticks: number): void {
  const byte = (index: number) => bytes[at + index] as number;
  const high = ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
  const base = Math.max(0, Math.round(high * 2 + (byte(4) >> 7) + ticks));
  const half = Math.floor(base / 2);
  for (let index = 0; index < 4; index += 1) bytes[at + index] = (half >>> (24 - 8 * index)) & 0xff;
  bytes[at + 4] = (byte(4) & 0x7f) | ((base % 2) << 7);
}
