/** RTP packets where they lie (RFC 3550 §5.1), their sequence, and the sender reports of RTCP (§6.4.1). */

/** The packet that was parsed last; one object is used again for all. */
export interface RtpPacket {
  marker: boolean;
  payloadType: number;
  sequence: number;
  /** 32 bits, in ticks of the media's clock. */
  timestamp: number;
  ssrc: number;
  /** Of the packet, its header among it. */
  start: number;
  end: number;
  payloadStart: number;
  payloadEnd: number;
}

export function emptyPacket(): RtpPacket {
  return {
    ...{ marker: false, payloadType: 0, sequence: 0, timestamp: 0, ssrc: 0 },
    ...{ start: 0, end: 0, payloadStart: 0, payloadEnd: 0 },
  };
}

/** @returns whether it is an RTP packet; `into` is then filled */
export function parseRtp(bytes: Uint8Array, start: number, end: number, into: RtpPacket): boolean {
  if (end - start < 12) return false;
  const first = bytes[start] as number;
  if (first >> 6 !== 2) return false;
  const second = bytes[start + 1] as number;
  into.marker = second >= 0x80;
  into.payloadType = second & 0x7f;
  into.sequence = ((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number);
  into.timestamp = uint32(bytes, start + 4);
  into.ssrc = uint32(bytes, start + 8);
  into.start = start;
  into.end = end;
  let payloadStart = start + 12 + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (payloadStart + 4 > end) return false;
    payloadStart += 4 + 4 * (((bytes[payloadStart + 2] as number) << 8) | (bytes[payloadStart + 3] as number));
  }
  const payloadEnd = (first & 0x20) !== 0 ? end - (bytes[end - 1] as number) : end;
  into.payloadStart = payloadStart;
  into.payloadEnd = payloadEnd;
  return payloadStart <= payloadEnd;
}

export function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Counts what is missing by the sequence numbers. */
export class SequenceWatch {
  #next = -1;
  /** Packets that never came. */
  lost = 0;

  /** @returns how many are missing before this one; -1: it comes late or twice and is to be left out */
  note(sequence: number): number {
    if (this.#next < 0) {
      this.#next = (sequence + 1) & 0xffff;
      return 0;
    }
    const ahead = (sequence - this.#next) & 0xffff;
    if (ahead >= 0x8000) {
      // Far behind is a sender that began anew, near behind a packet that came twice.
      if (0x1_0000 - ahead > 1000) this.#next = (sequence + 1) & 0xffff;
      return 0x1_0000 - ahead > 1000 ? 1 : -1;
    }
    this.#next = (sequence + 1) & 0xffff;
    this.lost += ahead;
    return ahead;
  }
}

/** Timestamps without their wrap: each counts on from the one before by the shorter way round. */
export class TimestampUnwrap {
  #last = -1;
  #ticks = 0;

  /** @param timestamp 32 bits; @returns ticks since the first, which may be negative where pictures are reordered */
  unwrap(timestamp: number): number {
    if (this.#last >= 0) this.#ticks += (timestamp - this.#last) | 0;
    this.#last = timestamp;
    return this.#ticks;
  }
}

export interface SenderReport {
  ssrc: number;
  /** The sender's clock, ms since the epoch. */
  ntpMs: number;
  /** The same instant in the media's ticks. */
  timestamp: number;
}

/** Seconds from 1900 to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** The sender report of a compound packet; null when it has none. */
export function parseSenderReport(bytes: Uint8Array, start: number, end: number): SenderReport | null {
  for (let at = start; at + 8 <= end; ) {
    const length = 4 * (1 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)));
    if ((bytes[at] as number) >> 6 !== 2 || at + length > end) return null;
    if (bytes[at + 1] === 200 && length >= 28) {
      const seconds = uint32(bytes, at + 8);
      return {
        ssrc: uint32(bytes, at + 4),
        ntpMs: (seconds - NTP_EPOCH_SECONDS) * 1000 + (uint32(bytes, at + 12) * 1000) / 2 ** 32,
        timestamp: uint32(bytes, at + 16),
      };
    }
    at += length;
  }
  return null;
}

/** Whether a compound packet says that the source ends (RFC 3550 §6.6). */
export function saysGoodbye(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 4 <= end; ) {
    if ((bytes[at] as number) >> 6 !== 2) return false;
    if (bytes[at + 1] === 203) return true;
    at += 4 * (1 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)));
  }
  return false;
}

/** An empty receiver report with a CNAME (RFC 3550 §6.4.2, §6.5): some cameras end sessions that send none. */
export function writeReceiverReport(ssrc: number, cname: string): Uint8Array {
  const name = new TextEncoder().encode(cname.slice(0, 200));
  const words = Math.ceil((4 + 2 + name.length + 1) / 4);
  const bytes = new Uint8Array(8 + 4 + 4 * words);
  const view = new DataView(bytes.buffer);
  bytes.set([0x80, 201, 0, 1]);
  view.setUint32(4, ssrc);
  bytes.set([0x81, 202, 0, words], 8);
  view.setUint32(12, ssrc);
  bytes.set([1, name.length], 16);
  bytes.set(name, 18);
  return bytes;
}
