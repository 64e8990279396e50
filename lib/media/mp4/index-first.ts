/**
 * The layout of an MP4 whose index (`moov`) stands last, turned so that it stands before the samples, without writing the
 * file again: the index has the same size wherever it stands, and only the places that it names move (ISO/IEC 14496-12
 * §8.7.5).
 */
import type { ByteSource } from "@/lib/media/byte-source";

/** Where the index lies in the file as it is, `[fromBytes, toBytes)`, and what is to stay before it. */
export interface IndexLast {
  /** Up to here the file stays as it is: its type. */
  headBytes: number;
  fromBytes: number;
  toBytes: number;
}

const BOX_HEADER_BYTES = 16;
/** An index of two days of 60 pictures a second is half of that. */
const MAX_INDEX_BYTES = 256 * 1024 ** 2;
/** More boxes than this beside one another have nothing to do with ours, which have 64 parts and some. */
const MAX_BOXES = 10_000;
/** Boxes that hold the tables, on the way to them. */
const ON_THE_WAY = new Set(["trak", "mdia", "minf", "stbl"]);
const MAX_UINT32 = 2 ** 32 - 1;

/** @returns null when the index is not the last of the file: it stands first already, or the file is another kind */
export async function findIndexLast(source: ByteSource): Promise<IndexLast | null> {
  let position = 0;
  let headBytes = 0;
  for (let count = 0; count < MAX_BOXES && position < source.sizeBytes; count += 1) {
    const header = Buffer.from(await source.read(position, BOX_HEADER_BYTES));
    const box = boxIn(header, 0, source.sizeBytes - position);
    if (box === null) return null;
    const toBytes = position + box.sizeBytes;
    if (count === 0) {
      if (box.type !== "ftyp") return null;
      headBytes = toBytes;
    } else if (box.type === "moov") {
      const isLast = toBytes === source.sizeBytes && position > headBytes && box.sizeBytes <= MAX_INDEX_BYTES;
      return isLast ? { headBytes, fromBytes: position, toBytes } : null;
    }
    position = toBytes;
  }
  return null;
}

/**
 * Moves every place that an index names by its own size, as it stands before the samples then.
 *
 * @param moov changed in place
 * @returns whether it could be: places of 32 bits may end beyond what these can say
 * @throws {RangeError} when it is no index
 */
export function moveIndexFirst(moov: Buffer): boolean {
  return moveChildren(moov, 8, moov.length, moov.length);
}

function moveChildren(bytes: Buffer, from: number, to: number, by: number): boolean {
  for (let position = from; position < to; ) {
    const box = boxIn(bytes, position, to - position);
    if (box === null) throw new RangeError("the index is damaged");
    const content = position + box.headerBytes;
    const end = position + box.sizeBytes;
    if (ON_THE_WAY.has(box.type) && !moveChildren(bytes, content, end, by)) return false;
    if (box.type === "stco" && !moveNarrow(bytes, content, by)) return false;
    if (box.type === "co64") moveWide(bytes, content, by);
    position = end;
  }
  return true;
}

/** Version and flags, the number of entries, and the entries. */
function moveNarrow(bytes: Buffer, content: number, by: number): boolean {
  const entries = bytes.readUInt32BE(content + 4);
  for (let index = 0; index < entries; index += 1) {
    const at = content + 8 + index * 4;
    const moved = bytes.readUInt32BE(at) + by;
    if (moved > MAX_UINT32) return false;
    bytes.writeUInt32BE(moved, at);
  }
  return true;
}

function moveWide(bytes: Buffer, content: number, by: number): void {
  const entries = bytes.readUInt32BE(content + 4);
  for (let index = 0; index < entries; index += 1) {
    const at = content + 8 + index * 8;
    bytes.writeBigUInt64BE(bytes.readBigUInt64BE(at) + BigInt(by), at);
  }
}

/** @param available bytes from there on in what the box is in */
function boxIn(
  bytes: Buffer,
  at: number,
  available: number,
): { type: string; headerBytes: number; sizeBytes: number } | null {
  if (bytes.length < at + 8) return null;
  const type = bytes.toString("latin1", at + 4, at + 8);
  const short = bytes.readUInt32BE(at);
  if (short === 1 && bytes.length < at + BOX_HEADER_BYTES) return null;
  // A size of 0 means "to the end" (§4.2), which an index after it rules out.
  const sizeBytes = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short;
  const headerBytes = short === 1 ? 16 : 8;
  return sizeBytes < headerBytes || sizeBytes > available ? null : { type, headerBytes, sizeBytes };
}
