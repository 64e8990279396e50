/**
 * Finds where a JPEG ends while its bytes still arrive, by its own structure (ITU-T T.81 annex B): segments are stepped
 * over by their lengths, so that a thumbnail inside one is not taken for the end, and coded data is searched for the next
 * marker.
 */
import type { PictureSize } from "@/lib/media/picture-size";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Frame headers: C0–CF without DHT, JPG and DAC (table B.1). */
const isFrameHeader = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** TEM and restart markers have no length. */
const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

export type WalkResult =
  /** More bytes are needed. */
  | { kind: "more" }
  /** `end`: position behind the last byte. `size` is null when no frame header came: no picture. */
  | { kind: "end"; end: number; size: PictureSize | null }
  /** Another picture begins at `at` before this one ended, or `at` is where it stopped being a JPEG. */
  | { kind: "broken"; at: number };

/** Walks one JPEG; {@link walk} goes on where it stopped when it is given more bytes. */
export class JpegWalker {
  #position = 2;
  #isInScan = false;
  #size: PictureSize | null = null;

  /** Of the frame header, as soon as it has been seen. */
  get size(): PictureSize | null {
    return this.#size;
  }

  /** Whether the picture's data has begun: then what is there can be shown, with or without an end. */
  get hasScan(): boolean {
    return this.#isInScan;
  }

  /**
   * @param bytes from SOI on, never fewer than in the call before
   */
  walk(bytes: Buffer): WalkResult {
    for (;;) {
      if (this.#isInScan && !this.#skipCodedData(bytes)) return { kind: "more" };
      const marker = bytes[this.#position + 1];
      if (marker === undefined) return { kind: "more" };
      if (bytes[this.#position] !== 0xff) return { kind: "broken", at: this.#position };
      if (marker === 0xff) {
        this.#position += 1; // a fill byte
        continue;
      }
      if (marker === EOI) return { kind: "end", end: this.#position + 2, size: this.#size };
      if (marker === SOI || marker === 0) return { kind: "broken", at: this.#position };
      if (standsAlone(marker)) {
        this.#position += 2;
        continue;
      }
      if (bytes.length < this.#position + 4) return { kind: "more" };
      const length = bytes.readUInt16BE(this.#position + 2);
      if (length < 2) return { kind: "broken", at: this.#position + 2 };
      if (bytes.length < this.#position + 2 + length) return { kind: "more" };
      // B.2.2: precision (8), lines (16), samples a line (16)
      if (isFrameHeader(marker) && length >= 8) {
        this.#size ??= {
          width: bytes.readUInt16BE(this.#position + 7),
          height: bytes.readUInt16BE(this.#position + 5),
        };
      }
      this.#position += 2 + length;
      this.#isInScan = marker === SOS;
    }
  }

  /** @returns whether the position is at a marker that ends the coded data */
  #skipCodedData(bytes: Buffer): boolean {
    for (;;) {
      const at = bytes.indexOf(0xff, this.#position);
      if (at < 0 || at + 1 >= bytes.length) {
        this.#position = at < 0 ? bytes.length : at;
        return false;
      }
      this.#position = at;
      const next = bytes[at + 1] as number;
      // FF 00 is a byte of data, FF FF a fill byte.
      if (next !== 0 && next !== 0xff && !standsAlone(next)) return true;
      this.#position += next === 0xff ? 1 : 2;
    }
  }
}
