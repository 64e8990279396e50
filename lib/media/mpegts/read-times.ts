/** Finds the times in a transport stream of ours: what a recorder that ended without closing its segment left behind. */
import { readTime } from "@/lib/media/mpegts/times";
import { TS_PACKET_BYTES } from "@/lib/media/mpegts/ts-tables";

export interface PesStart {
  /** Of its first packet, in bytes. */
  offset: number;
  pid: number;
  /** Ticks of 90 kHz. */
  pts: number;
  dts: number;
  isKey: boolean;
}

/**
 * Every PES packet with a time that begins in `bytes`.
 *
 * @param bytes whole packets, beginning with one; the walk ends at the first that is none
 */
export function* pesStarts(bytes: Uint8Array): Generator<PesStart> {
  for (let at = 0; at + TS_PACKET_BYTES <= bytes.length && bytes[at] === 0x47; at += TS_PACKET_BYTES) {
    if (((bytes[at + 1] as number) & 0x40) === 0) continue;
    const pid = (((bytes[at + 1] as number) & 0x1f) << 8) | (bytes[at + 2] as number);
    const control = bytes[at + 3] as number;
    if ((control & 0x10) === 0) continue;
    const hasField = (control & 0x20) !== 0;
    const head = at + 4 + (hasField ? 1 + (bytes[at + 4] as number) : 0);
    if (head + 19 > at + TS_PACKET_BYTES) continue;
    if (bytes[head] !== 0 || bytes[head + 1] !== 0 || bytes[head + 2] !== 1) continue;
    const flags = bytes[head + 7] as number;
    if (flags < 0x80) continue;
    const pts = readTime(bytes, head + 9);
    const isKey = hasField && (bytes[at + 4] as number) > 0 && ((bytes[at + 5] as number) & 0x40) !== 0;
    yield { offset: at, pid, pts, dts: (flags & 0x40) === 0 ? pts : readTime(bytes, head + 14), isKey };
  }
}
