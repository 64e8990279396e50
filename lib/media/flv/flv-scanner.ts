/**
 * Reads the tags of an FLV file, in pieces whatever its length, also while it grows. Where bytes are no tag it goes on at the next place that
 * is one: a header that can be, and behind its body the length that belongs to it.
 */
import { AppError } from "@/lib/domain/errors";
import { type ByteSource, ByteWindow } from "@/lib/media/byte-source";
import { FLV_HEADER_BYTES, PREVIOUS_SIZE_BYTES, TAG, TAG_HEADER_BYTES, type TagType } from "@/lib/media/flv/flv-file";
import { PACKET_HEAD_BYTES } from "@/lib/media/flv/media-packet";

export interface ScannedTag {
  type: TagType;
  timestampMs: number;
  /** `[startBytes, endBytes)` of the tag with its header, without the length behind it. */
  startBytes: number;
  endBytes: number;
  /** Where the body begins. */
  bodyBytes: number;
  /** The body's first bytes, as many as a head of a packet has. */
  start: Buffer;
  /** Bytes before it could not be read. */
  isAfterDamage: boolean;
}

const TYPES: readonly number[] = Object.values(TAG);

/**
 * Whole tags, in the order of the file; a torn one at the end is left out.
 *
 * @throws {AppError} unprocessable when the file does not begin as FLV does
 */
export async function* scanFlv(source: ByteSource): AsyncGenerator<ScannedTag> {
  const window = new ByteWindow(source);
  const header = asBuffer(await window.at(0, FLV_HEADER_BYTES));
  if (header.length < FLV_HEADER_BYTES || header.toString("latin1", 0, 3) !== "FLV") {
    throw new AppError("unprocessable", "damaged", "The recording is damaged beyond repair.", { detail: "no FLV" });
  }
  let at = header.readUInt32BE(5) + PREVIOUS_SIZE_BYTES;
  let isAfterDamage = false;
  while (at + TAG_HEADER_BYTES <= source.sizeBytes) {
    const tag = await readTag(window, at);
    // Behind damage a length may be anything.
    if (tag === "torn" && !isAfterDamage) return;
    if (tag === null || tag === "torn") {
      isAfterDamage = true;
      at += 1;
      continue;
    }
    yield { ...tag, isAfterDamage };
    isAfterDamage = false;
    at = tag.endBytes + PREVIOUS_SIZE_BYTES;
  }
}

async function readTag(window: ByteWindow, at: number): Promise<Omit<ScannedTag, "isAfterDamage"> | null | "torn"> {
  const head = asBuffer(await window.at(at, TAG_HEADER_BYTES + PACKET_HEAD_BYTES));
  if (head.length < TAG_HEADER_BYTES) return "torn";
  if (!TYPES.includes(head[0] as number) || head.readUIntBE(8, 3) !== 0) return null;
  const length = head.readUIntBE(1, 3);
  const timestampMs = head.readUIntBE(4, 3) + (head[7] as number) * 2 ** 24;
  const type = head[0] as TagType;
  const bodyBytes = at + TAG_HEADER_BYTES;
  const endBytes = bodyBytes + length;
  if (endBytes + PREVIOUS_SIZE_BYTES > window.sizeBytes) return "torn";
  const bodyStart = head.subarray(TAG_HEADER_BYTES, TAG_HEADER_BYTES + Math.min(length, PACKET_HEAD_BYTES));
  const start = Buffer.from(bodyStart);
  const trailer = asBuffer(await window.at(endBytes, PREVIOUS_SIZE_BYTES));
  // It was growing, and ended here.
  if (trailer.length < PREVIOUS_SIZE_BYTES) return "torn";
  if (trailer.readUInt32BE(0) !== TAG_HEADER_BYTES + length) return null;
  return { type, timestampMs, startBytes: at, endBytes, bodyBytes, start };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
