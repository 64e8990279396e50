/** Takes a stream of FLV tags apart ("Video File Format Specification 10.1", annex E), in whatever pieces it comes. */
import { FLV_HEADER_BYTES, PREVIOUS_SIZE_BYTES, TAG_HEADER_BYTES, type TagType } from "@/lib/media/flv/flv-file";

export class FlvSplitter {
  readonly #onTag: (type: TagType, timestampMs: number, body: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);
  #hasBegun = false;

  /** @param onTag called with each tag; the body is there only until the call returns */
  constructor(onTag: (type: TagType, timestampMs: number, body: Buffer) => void) {
    this.#onTag = onTag;
  }

  /** @throws {Error} when it is no FLV */
  write(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (!this.#hasBegun && rest.length >= FLV_HEADER_BYTES + PREVIOUS_SIZE_BYTES) {
      if (rest.toString("latin1", 0, 3) !== "FLV") throw new Error("no FLV where it was to be");
      rest = rest.subarray(rest.readUInt32BE(5) + PREVIOUS_SIZE_BYTES);
      this.#hasBegun = true;
    }
    while (this.#hasBegun && rest.length >= TAG_HEADER_BYTES) {
      const end = TAG_HEADER_BYTES + rest.readUIntBE(1, 3);
      if (rest.length < end + PREVIOUS_SIZE_BYTES) break;
      // The upper eight bits come last (E.4.1).
      const timestampMs = rest.readUIntBE(4, 3) + (rest[7] as number) * 2 ** 24;
      this.#onTag(rest[0] as TagType, timestampMs, rest.subarray(TAG_HEADER_BYTES, end));
      rest = rest.subarray(end + PREVIOUS_SIZE_BYTES);
    }
    this.#rest = rest;
  }
}
