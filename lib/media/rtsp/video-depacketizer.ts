/**
 * Pictures from packets, for H.264 and H.265 alike. A picture ends where the timestamp changes: that is what RFC 6184 §5.1
 * and RFC 7798 §4.1 promise, while some cameras set the marker on every slice. A picture of which a packet is missing is
 * left out as a whole, and counted.
 */
import { type AccessUnit, type PictureSink, sameBytes, UnitBuffer } from "@/lib/media/rtsp/access-unit";
import type { RtpPacket } from "@/lib/media/rtsp/rtp";

/** What the two codecs differ in. */
export interface VideoRules {
  /** Names of its parameter sets, by NAL unit type, in the order they are to be sent. */
  parameterSets: readonly number[];
  /** Bytes of a NAL unit's header. */
  headerBytes: number;
  delimiterType: number;
  typeOf(firstByte: number): number;
  /** Carries (part of) a picture. */
  isPicture(type: number): boolean;
  isKey(type: number): boolean;
  /** What an aggregation packet and a fragment are; `skip` bytes come before the first unit of an aggregation. */
  aggregation: { type: number; skip: number };
  fragment: number;
  /** The header of a fragmented unit is put together anew. */
  fragmentHeader(bytes: Uint8Array, start: number): readonly number[];
}

export const H264_RULES: VideoRules = {
  parameterSets: [7, 8],
  headerBytes: 1,
  delimiterType: 9,
  typeOf: (byte) => byte & 0x1f,
  isPicture: (type) => type >= 1 && type <= 5,
  isKey: (type) => type === 5,
  aggregation: { type: 24, skip: 1 },
  fragment: 28,
  fragmentHeader: (bytes, start) => [((bytes[start] as number) & 0xe0) | ((bytes[start + 1] as number) & 0x1f)],
};

export const H265_RULES: VideoRules = {
  parameterSets: [32, 33, 34],
  headerBytes: 2,
  delimiterType: 35,
  typeOf: (byte) => (byte >> 1) & 0x3f,
  isPicture: (type) => type < 32,
  isKey: (type) => type >= 16 && type <= 21,
  aggregation: { type: 48, skip: 2 },
  fragment: 49,
  fragmentHeader: (bytes, start) => [
    ((bytes[start] as number) & 0x81) | (((bytes[start + 2] as number) & 0x3f) << 1),
    bytes[start + 1] as number,
  ],
};

export class VideoDepacketizer {
  readonly #rules: VideoRules;
  readonly #sink: PictureSink;
  readonly #buffer = new UnitBuffer();
  /** The newest of each kind. */
  readonly #parameterSets = new Map<number, Uint8Array>();
  readonly #picture: AccessUnit;
  #timestamp = -1;
  #setsSeen = 0;
  #hasPicture = false;
  #isBroken = false;
  #hasEnded = false;
  /** Type of the unit that is being put together from fragments; -1: none. */
  #fragmentType = -1;
  #unitStart = 0;
  /** Pictures that were left out because packets were missing. */
  damaged = 0;

  /** @param known parameter sets from the session description */
  constructor(rules: VideoRules, known: readonly Uint8Array[], sink: PictureSink) {
    this.#rules = rules;
    this.#sink = sink;
    this.#picture = {
      ...{ bytes: this.#buffer.bytes, length: 0, timestamp: 0 },
      ...{ isKey: false, hasParameterSets: false, hasDelimiter: false },
    };
    for (const unit of known) {
      const type = rules.typeOf(unit[0] ?? 0);
      if (rules.parameterSets.includes(type)) this.#parameterSets.set(type, unit);
    }
  }

  /** The newest parameter sets, in order; fewer while not all are known. */
  get parameterSets(): Uint8Array[] {
    return this.#rules.parameterSets.flatMap((type) => this.#parameterSets.get(type) ?? []);
  }

  get hasAllParameterSets(): boolean {
    return this.parameterSets.length === this.#rules.parameterSets.length;
  }

  /** @param lost packets missing before this one */
  push(bytes: Uint8Array, packet: RtpPacket, lost: number): void {
    const { payloadStart: start, payloadEnd: end } = packet;
    const isNew = packet.timestamp !== this.#timestamp;
    // With a marker at its end, the picture before is whole: what is missing belongs to this one.
    if (lost > 0 && !(isNew && this.#hasEnded)) this.#break();
    this.#hasEnded = packet.marker;
    if (isNew) {
      if (this.#hasPicture || this.#isBroken || this.#fragmentType >= 0) this.flush();
      this.#timestamp = packet.timestamp;
      // What came before a lost packet belongs to a picture that is over; the new one may still have lost its beginning.
      this.#isBroken = lost > 0 && !this.#beginsUnit(bytes, start, end);
    }
    if (end - start < this.#rules.headerBytes) return;
    const type = this.#rules.typeOf(bytes[start] as number);
    if (type === this.#rules.aggregation.type) this.#aggregation(bytes, start, end);
    else if (type === this.#rules.fragment) this.#fragment(bytes, start, end);
    else {
      this.#beginUnit(type);
      this.#append(bytes, start, end);
      this.#endUnit(type);
    }
  }

  /** Hands on what is there: the source has ended, or the next picture begins. */
  flush(): void {
    if (this.#hasPicture && !this.#isBroken && this.#fragmentType < 0) {
      const picture = this.#picture;
      picture.bytes = this.#buffer.bytes;
      picture.length = this.#buffer.length;
      picture.timestamp = this.#timestamp;
      picture.hasParameterSets = this.#setsSeen >= this.#rules.parameterSets.length;
      this.#sink.onPicture(picture);
    } else if (this.#hasPicture || this.#isBroken) this.damaged += 1;
    this.#reset();
  }

  #reset(): void {
    this.#buffer.length = 0;
    this.#setsSeen = 0;
    this.#hasPicture = false;
    this.#isBroken = false;
    this.#fragmentType = -1;
    this.#picture.isKey = false;
    this.#picture.hasDelimiter = false;
  }

  #break(): void {
    if (this.#hasPicture || this.#fragmentType >= 0) this.#isBroken = true;
    this.#fragmentType = -1;
  }

  #beginsUnit(bytes: Uint8Array, start: number, end: number): boolean {
    const type = this.#rules.typeOf(bytes[start] ?? 0);
    const at = start + this.#rules.headerBytes;
    return type !== this.#rules.fragment || (at < end && (bytes[at] as number) >= 0x80);
  }

  #aggregation(bytes: Uint8Array, start: number, end: number): void {
    let at = start + this.#rules.aggregation.skip;
    while (at + 2 < end) {
      const next = at + 2 + (((bytes[at] as number) << 8) | (bytes[at + 1] as number));
      if (next > end) {
        this.#isBroken = true;
        return;
      }
      const type = this.#rules.typeOf(bytes[at + 2] as number);
      this.#beginUnit(type);
      this.#append(bytes, at + 2, next);
      this.#endUnit(type);
      at = next;
    }
  }

  #fragment(bytes: Uint8Array, start: number, end: number): void {
    const headerAt = start + this.#rules.headerBytes;
    if (headerAt >= end) return;
    const header = bytes[headerAt] as number;
    if (header >= 0x80) {
      const unitHeader = this.#rules.fragmentHeader(bytes, start);
      this.#fragmentType = this.#rules.typeOf(unitHeader[0] as number);
      this.#beginUnit(this.#fragmentType);
      for (const byte of unitHeader) this.#buffer.byte(byte);
    } else if (this.#fragmentType < 0) {
      this.#isBroken = true;
      return;
    }
    this.#append(bytes, headerAt + 1, end);
    if ((header & 0x40) === 0) return;
    this.#endUnit(this.#fragmentType);
    this.#fragmentType = -1;
  }

  #beginUnit(type: number): void {
    if (this.#buffer.length === 0 && type === this.#rules.delimiterType) this.#picture.hasDelimiter = true;
    this.#buffer.startCode();
    this.#unitStart = this.#buffer.length;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#buffer.append(bytes, start, end)) this.#isBroken = true;
  }

  #endUnit(type: number): void {
    if (this.#rules.isPicture(type)) {
      this.#hasPicture = true;
      if (this.#rules.isKey(type)) this.#picture.isKey = true;
      return;
    }
    if (!this.#rules.parameterSets.includes(type)) return;
    this.#setsSeen += 1;
    const unit = this.#buffer.bytes.subarray(this.#unitStart, this.#buffer.length);
    if (sameBytes(this.#parameterSets.get(type) ?? null, unit)) return;
    this.#parameterSets.set(type, unit.slice());
    this.#sink.onParameterSets();
  }
}
