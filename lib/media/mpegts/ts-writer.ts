/**
 * Writes MPEG transport streams (ISO 13818-1) into buffers that are lent and used again. Picture and sound are handed over
 * as they lie; each byte is copied once, into its packet.
 */
import { writeTime } from "@/lib/media/mpegts/times";
import {
  AUDIO_PID,
  programAssociation,
  programMap,
  TS_PACKET_BYTES,
  type TsStreams,
  VIDEO_PID,
} from "@/lib/media/mpegts/ts-tables";

/** Where packets go: `buffer` has room for one at `at` when {@link PacketOutput.reserve} returns. */
export interface PacketOutput {
  buffer: Uint8Array;
  at: number;
  /** Makes room for one packet. */
  reserve(): void;
}

export interface TsPicture {
  /** Goes before `bytes`: delimiter, parameter sets. */
  prefix: Uint8Array | null;
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Ticks of 90 kHz. */
  pts: number;
  dts: number;
  isKey: boolean;
}

const PES_VIDEO = 0xe0;
const PES_AUDIO = 0xc0;
/** Opus is private data to this standard. */
const PES_PRIVATE = 0xbd;
/** `10`, data aligned. */
const PES_FLAGS = 0x84;
const PAYLOAD_BYTES = TS_PACKET_BYTES - 4;
/** Length, flags and clock of an adaptation field. */
const CLOCK_BYTES = 8;

export class TsWriter {
  readonly #output: PacketOutput;
  readonly #audioId: number;
  readonly #association = programAssociation();
  readonly #map: Uint8Array;
  readonly #head = new Uint8Array(19);
  #tableContinuity = 0;
  #videoContinuity = 0;
  #audioContinuity = 0;
  /** Packets written. */
  packets = 0;

  constructor(output: PacketOutput, streams: TsStreams) {
    this.#output = output;
    this.#map = programMap(streams);
    this.#audioId = streams.audio?.codec === "opus" ? PES_PRIVATE : PES_AUDIO;
  }

  get bytes(): number {
    return this.packets * TS_PACKET_BYTES;
  }

  /** The tables, so that playing can begin with what comes next. */
  writeTables(): void {
    for (const table of [this.#association, this.#map]) {
      const output = this.#output;
      output.reserve();
      output.buffer.set(table, output.at);
      output.buffer[output.at + 3] = 0x10 | this.#tableContinuity;
      output.at += TS_PACKET_BYTES;
      this.packets += 1;
    }
    this.#tableContinuity = (this.#tableContinuity + 1) & 0x0f;
  }

  writePicture({ prefix, bytes, start, end, pts, dts, isKey }: TsPicture): void {
    // A length of 0 is unbounded, which only pictures may be (§2.4.3.7).
    const headBytes = this.#pesHead(PES_VIDEO, 0, pts, pts === dts ? null : dts);
    this.#videoContinuity = this.#packetize(VIDEO_PID, this.#videoContinuity, headBytes, prefix, bytes, start, end, {
      clock: dts,
      isKey,
    });
  }

  /** @param prefix ADTS header of AAC, control header of Opus */
  writeSound(prefix: Uint8Array, bytes: Uint8Array, start: number, end: number, pts: number): void {
    const headBytes = this.#pesHead(this.#audioId, prefix.length + end - start + 8, pts, null);
    this.#audioContinuity = this.#packetize(
      ...([AUDIO_PID, this.#audioContinuity, headBytes, prefix, bytes, start, end, null] as const),
    );
  }

  /** @returns its length */
  #pesHead(id: number, length: number, pts: number, dts: number | null): number {
    const head = this.#head;
    head[0] = 0;
    head[1] = 0;
    head[2] = 1;
    head[3] = id;
    const bounded = length > 0xffff ? 0 : length;
    head[4] = bounded >> 8;
    head[5] = bounded & 0xff;
    head[6] = PES_FLAGS;
    head[7] = dts === null ? 0x80 : 0xc0;
    head[8] = dts === null ? 5 : 10;
    writeTime(head, 9, dts === null ? 2 : 3, pts);
    if (dts === null) return 14;
    writeTime(head, 14, 1, dts);
    return 19;
  }

  /** @returns the next continuity counter */
  #packetize(
    pid: number,
    firstContinuity: number,
    headBytes: number,
    prefix: Uint8Array | null,
    bytes: Uint8Array,
    start: number,
    end: number,
    first: { clock: number; isKey: boolean } | null,
  ): number {
    const output = this.#output;
    const prefixBytes = prefix?.length ?? 0;
    let continuity = firstContinuity;
    let remaining = headBytes + prefixBytes + end - start;
    let at = 0;
    let bodyAt = start;
    let begin = 0x40;
    while (remaining > 0) {
      output.reserve();
      const { buffer } = output;
      const packet = output.at;
      buffer[packet] = 0x47;
      buffer[packet + 1] = begin | (pid >> 8);
      buffer[packet + 2] = pid & 0xff;
      let field = begin !== 0 && first !== null ? CLOCK_BYTES : 0;
      if (PAYLOAD_BYTES - field > remaining) field = PAYLOAD_BYTES - remaining;
      buffer[packet + 3] = (field > 0 ? 0x30 : 0x10) | continuity;
      continuity = (continuity + 1) & 0x0f;
      if (field > 0) this.#adaptation(buffer, packet + 4, field, begin !== 0 ? first : null);
      let to = packet + 4 + field;
      let room = PAYLOAD_BYTES - field;
      remaining -= room;
      // The head is shorter than a packet, so that it lies in the first; what goes before the picture may be longer.
      if (at < headBytes) {
        buffer.set(headBytes === this.#head.length ? this.#head : this.#head.subarray(0, headBytes), to);
        at = headBytes;
        to += headBytes;
        room -= headBytes;
      }
      if (at < headBytes + prefixBytes && prefix !== null) {
        const from = at - headBytes;
        const step = Math.min(room, prefixBytes - from);
        buffer.set(prefix.subarray(from, from + step), to);
        at += step;
        to += step;
        room -= step;
      }
      if (room > 0) {
        buffer.set(bytes.subarray(bodyAt, bodyAt + room), to);
        bodyAt += room;
      }
      output.at = packet + TS_PACKET_BYTES;
      this.packets += 1;
      begin = 0;
    }
    return continuity;
  }

  /** §2.4.3.4: random access, clock, and stuffing to `field` bytes. */
  #adaptation(buffer: Uint8Array, at: number, field: number, first: { clock: number; isKey: boolean } | null): void {
    buffer[at] = field - 1;
    if (field === 1) return;
    buffer[at + 1] = 0;
    let filled = at + 2;
    if (first !== null) {
      buffer[at + 1] = first.isKey ? 0x50 : 0x10;
      const base = Math.max(0, Math.floor(first.clock));
      const high = Math.floor(base / 2);
      buffer[at + 2] = (high >>> 24) & 0xff;
      buffer[at + 3] = (high >>> 16) & 0xff;
      buffer[at + 4] = (high >>> 8) & 0xff;
      buffer[at + 5] = high & 0xff;
      buffer[at + 6] = ((base % 2) << 7) | 0x7e;
      buffer[at + 7] = 0;
      filled = at + CLOCK_BYTES;
    }
    if (filled < at + field) buffer.fill(0xff, filled, at + field);
  }
}

/** The control header before an Opus packet in a transport stream: prefix of 11 bits, then the size in steps of 255. */
export function opusControlHeader(packetBytes: number): Uint8Array {
  const steps = Math.floor(packetBytes / 255);
  const bytes = new Uint8Array(3 + steps).fill(0xff);
  bytes[0] = 0x7f;
  bytes[1] = 0xe0;
  bytes[2 + steps] = packetBytes % 255;
  return bytes;
}
