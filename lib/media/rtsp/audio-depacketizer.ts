/** Sound from packets: AAC (RFC 3640), Opus (RFC 7587), and G.711 (RFC 3551 §4.5.14), which is one run of samples. */
import { type AacConfig, readAdtsConfig } from "@/lib/media/adts";
import type { RtpPacket } from "@/lib/media/rtsp/rtp";
import type { SdpMedia } from "@/lib/media/rtsp/sdp";
import { decodeHex } from "@/lib/media/rtsp/sdp";

/** @param timestamp of the first sample, in ticks of the media's clock, 32 bits */
export type SoundSink = (bytes: Uint8Array, start: number, end: number, timestamp: number) => void;

export interface AudioDepacketizer {
  /** @param lost packets missing before this one */
  push(bytes: Uint8Array, packet: RtpPacket, lost: number): void;
}

/** Samples of an AAC frame (ISO 14496-3 §4.5.2.1.1). */
const AAC_SAMPLES = 1024;
const MAX_AAC_BYTES = 8 * 1024;

/** Frames of `mpeg4-generic` in any mode: how many bits its headers have is in the session description. */
export class AacDepacketizer implements AudioDepacketizer {
  readonly #sizeBits: number;
  readonly #indexBits: number;
  readonly #deltaBits: number;
  readonly #sink: SoundSink;
  /** A frame that came in several packets. */
  readonly #partial = new Uint8Array(MAX_AAC_BYTES);
  #partialBytes = 0;

  /** @throws {RangeError} when the description cannot be */
  constructor({ parameters }: Pick<SdpMedia, "parameters">, sink: SoundSink) {
    const bits = (name: string) => Number(parameters.get(name) ?? 0);
    this.#sizeBits = bits("sizelength");
    this.#indexBits = bits("indexlength");
    this.#deltaBits = bits("indexdeltalength");
    if (this.#sizeBits < 1 || this.#sizeBits > 16) throw new RangeError("AAC without sizes of its frames");
    this.#sink = sink;
  }

  push(bytes: Uint8Array, packet: RtpPacket, lost: number): void {
    const { payloadStart: start, payloadEnd: end } = packet;
    if (lost > 0) this.#partialBytes = 0;
    if (end - start < 2) return;
    const headerBits = ((bytes[start] as number) << 8) | (bytes[start + 1] as number);
    let dataAt = start + 2 + Math.ceil(headerBits / 8);
    let { timestamp } = packet;
    for (let bit = 0, first = true; bit + this.#sizeBits <= headerBits; first = false) {
      const size = readBits(bytes, start + 2, bit, this.#sizeBits);
      bit += this.#sizeBits + (first ? this.#indexBits : this.#deltaBits);
      if (dataAt + size > end || this.#partialBytes > 0) {
        this.#fragment(bytes, dataAt, end, size, timestamp);
        return;
      }
      this.#sink(bytes, dataAt, dataAt + size, timestamp);
      dataAt += size;
      timestamp = (timestamp + AAC_SAMPLES) >>> 0;
    }
  }

  /** Every packet of a fragmented frame names the size of the whole (RFC 3640 §3.2.3.1). */
  #fragment(bytes: Uint8Array, start: number, end: number, size: number, timestamp: number): void {
    if (size > MAX_AAC_BYTES || this.#partialBytes + end - start > size) {
      this.#partialBytes = 0;
      return;
    }
    this.#partial.set(bytes.subarray(start, end), this.#partialBytes);
    this.#partialBytes += end - start;
    if (this.#partialBytes < size) return;
    this.#partialBytes = 0;
    this.#sink(this.#partial, 0, size, timestamp);
  }
}

/** One packet, one piece: Opus, and samples. */
export class WholeDepacketizer implements AudioDepacketizer {
  readonly #sink: SoundSink;

  constructor(sink: SoundSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array, packet: RtpPacket): void {
    if (packet.payloadEnd <= packet.payloadStart) return;
    this.#sink(bytes, packet.payloadStart, packet.payloadEnd, packet.timestamp);
  }
}

function readBits(bytes: Uint8Array, from: number, bit: number, count: number): number {
  let value = 0;
  for (let at = bit; at < bit + count; at += 1) {
    value = (value << 1) | (((bytes[from + (at >> 3)] ?? 0) >> (7 - (at & 7))) & 1);
  }
  return value;
}

/** @param config hexadecimal, of the session description; @returns null when it is none that ADTS can carry */
export function parseAacConfig(config: string): AacConfig | null {
  const bytes = decodeHex(config);
  return bytes === null ? null : readAdtsConfig(bytes);
}
