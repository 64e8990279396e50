/** A picture as it is put together from packets: Annex B bytes in a buffer that is used again for the next one. */

/** What a depacketizer hands on; there only until the call returns. */
export interface AccessUnit {
  /** NAL units, each behind a start code of four bytes (H.264 Annex B). */
  bytes: Uint8Array;
  length: number;
  /** RTP timestamp: when it is shown, in ticks of 90 kHz, 32 bits. */
  timestamp: number;
  isKey: boolean;
  /** Parameter sets are among the units. */
  hasParameterSets: boolean;
  /** It begins with a delimiter. */
  hasDelimiter: boolean;
}

export interface PictureSink {
  onPicture(picture: AccessUnit): void;
  /** The parameter sets are other ones than before; called before the picture they belong to. */
  onParameterSets(): void;
}

/** Larger pictures are no pictures: a key frame of 8K at the worst quality has a third of it. */
export const MAX_PICTURE_BYTES = 32 * 1024 * 1024;
/** What a buffer begins with; it grows to what the camera sends. */
const FIRST_BYTES = 64 * 1024;

export class UnitBuffer {
  bytes = new Uint8Array(FIRST_BYTES);
  length = 0;

  /** Begins a NAL unit. */
  startCode(): void {
    this.#room(4);
    this.bytes[this.length] = 0;
    this.bytes[this.length + 1] = 0;
    this.bytes[this.length + 2] = 0;
    this.bytes[this.length + 3] = 1;
    this.length += 4;
  }

  byte(value: number): void {
    this.#room(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** @returns false when it would be too large */
  append(source: Uint8Array, start: number, end: number): boolean {
    if (this.length + end - start > MAX_PICTURE_BYTES) return false;
    this.#room(end - start);
    this.bytes.set(source.subarray(start, end), this.length);
    this.length += end - start;
    return true;
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + more, Math.ceil(1.5 * this.bytes.length)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** Whether two parameter sets are the same. */
export function sameBytes(one: Uint8Array | null, other: Uint8Array): boolean {
  return one !== null && one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** NAL units one after the other, each behind a start code. */
export function annexB(units: readonly Uint8Array[]): Uint8Array {
  const buffer = new Uint8Array(units.reduce((sum, { length }) => sum + 4 + length, 0));
  let at = 0;
  for (const unit of units) {
    buffer[at + 3] = 1;
    buffer.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return buffer;
}
