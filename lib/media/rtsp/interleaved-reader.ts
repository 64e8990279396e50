/**
 * Takes the bytes of an RTSP connection apart: RTP and RTCP packets in `$` frames (RFC 2326 §10.12), and messages between
 * them. A packet that lies whole in what was read is handed on where it lies; only what is cut is copied.
 */
import { bodyLength, decodeBody, endOfHead, parseHead, type RtspMessage } from "@/lib/media/rtsp/rtsp-message";

export interface InterleavedSink {
  /** A packet in `bytes` from `start` to `end`; it is there only until the call returns. */
  onPacket(channel: number, bytes: Uint8Array, start: number, end: number): void;
  onMessage(message: RtspMessage): void;
}

/** The stream cannot be followed any further. */
export class GarbledStream extends Error {
  override readonly name = "GarbledStream";
}

const DOLLAR = 0x24;
const MAX_HEAD_BYTES = 32 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;
const FRAME_HEAD_BYTES = 4;

export class InterleavedReader {
  readonly #sink: InterleavedSink;
  /** A unit whose end has not come; kept and used again. */
  #carry = new Uint8Array(2048);
  #carried = 0;

  constructor(sink: InterleavedSink) {
    this.#sink = sink;
  }

  /**
   * @param bytes what was read, from 0 to `end`; not kept
   * @throws {GarbledStream}
   */
  take(bytes: Uint8Array, end: number): void {
    let at = this.#carried > 0 ? this.#complete(bytes, end) : 0;
    while (at < end) {
      const next = this.#unit(bytes, at, end);
      if (next < 0) {
        this.#keep(bytes, at, end);
        return;
      }
      at = next;
    }
  }

  /** Completes what was cut. @returns how far into `bytes` that went */
  #complete(bytes: Uint8Array, end: number): number {
    let at = 0;
    while (this.#carried > 0 && at < end) {
      const wanted = this.#missing();
      const step = Math.min(wanted, end - at);
      this.#keep(bytes, at, at + step);
      at += step;
      if (step < wanted) return at;
      if (this.#unit(this.#carry, 0, this.#carried) === this.#carried) this.#carried = 0;
    }
    return at;
  }

  /** Bytes without which the unit in the carry is certainly not complete. */
  #missing(): number {
    if (this.#carry[0] !== DOLLAR) return 1;
    if (this.#carried < FRAME_HEAD_BYTES) return FRAME_HEAD_BYTES - this.#carried;
    return FRAME_HEAD_BYTES + this.#frameLength(this.#carry, 0) - this.#carried;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#carry.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#carry.length));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(bytes.subarray(start, end), this.#carried);
    this.#carried = needed;
  }

  #frameLength(bytes: Uint8Array, at: number): number {
    return ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  }

  /** Hands the unit at `at` on. @returns where the next begins; -1 when this one is not complete */
  #unit(bytes: Uint8Array, at: number, end: number): number {
    if (bytes[at] === DOLLAR) {
      if (end - at < FRAME_HEAD_BYTES) return -1;
      const start = at + FRAME_HEAD_BYTES;
      const stop = start + this.#frameLength(bytes, at);
      if (stop > end) return -1;
      this.#sink.onPacket(bytes[at + 1] as number, bytes, start, stop);
      return stop;
    }
    return this.#message(bytes, at, end);
  }

  #message(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at] as number;
    // Empty lines between messages are let pass.
    if (first === 13 || first === 10) return at + 1;
    if (first < 65 || first > 90) throw new GarbledStream(`byte ${first} where a message or packet should begin`);
    const bodyAt = endOfHead(bytes, at, end);
    if (bodyAt < 0) {
      if (end - at > MAX_HEAD_BYTES) throw new GarbledStream("a head without an end");
      return -1;
    }
    const head = parseHead(bytes, at, bodyAt);
    if (head === null) throw new GarbledStream("a message that is not RTSP");
    const length = bodyLength(head);
    if (!(length <= MAX_BODY_BYTES)) throw new GarbledStream("a body without a sensible length");
    if (bodyAt + length > end) return -1;
    this.#sink.onMessage({ ...head, body: decodeBody(bytes, bodyAt, bodyAt + length) });
    return bodyAt + length;
  }
}
