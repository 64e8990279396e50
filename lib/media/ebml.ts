/** The grammar of EBML (RFC 8794): ids, sizes and values of elements. */

/** An element's id and size, with where its content begins. */
export interface ElementHeader {
  id: number;
  /** Bytes of id and size together. */
  headerBytes: number;
  /** Bytes of the size field alone. */
  sizeFieldBytes: number;
  /** Bytes of the content; null: unknown, it ends where the next element of its level begins (§6.2). */
  contentBytes: number | null;
}

/** Longest header there is: an id of 4 bytes (RFC 9559 §4, EBMLMaxIDLength) and a size of 8. */
export const MAX_HEADER_BYTES = 12;

/** @returns null when there is no valid header at `position`, also when it is cut off */
export function readElementHeader(bytes: Uint8Array, position: number): ElementHeader | null {
  const idBytes = vintLength(bytes[position]);
  if (idBytes > 4 || position + idBytes > bytes.length) return null;
  // An id keeps its length marker (§5).
  let id = 0;
  for (let index = 0; index < idBytes; index += 1) id = id * 256 + (bytes[position + index] as number);
  const size = readVint(bytes, position + idBytes);
  if (size === null) return null;
  return {
    id,
    headerBytes: idBytes + size.length,
    sizeFieldBytes: size.length,
    contentBytes: size.isAllOnes ? null : size.value,
  };
}

/**
 * A number with its length in its leading bits (§4), at `position`.
 *
 * @returns null when it is longer than 8 bytes, cut off, or larger than 2^53 − 1
 */
export function readVint(
  bytes: Uint8Array,
  position: number,
): { value: number; length: number; isAllOnes: boolean } | null {
  const length = vintLength(bytes[position]);
  if (length > 8 || position + length > bytes.length) return null;
  const mask = (1 << (8 - length)) - 1;
  let value = (bytes[position] as number) & mask;
  let isAllOnes = value === mask;
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[position + index] as number;
    isAllOnes &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return isAllOnes || Number.isSafeInteger(value) ? { value, length, isAllOnes } : null;
}

function vintLength(first: number | undefined): number {
  return first === undefined || first === 0 ? 9 : Math.clz32(first) - 23;
}

/** An unsigned integer of 0 to 8 bytes (§7.2); what does not fit a double exactly is rounded. */
export function readUnsigned(content: Uint8Array): number {
  return content.reduce((value, byte) => value * 256 + byte, 0);
}

/** A string of printable ASCII (§7.4), up to the first zero. */
export function readAscii(content: Uint8Array): string {
  return Buffer.from(content).toString("latin1").split("\0", 1)[0] as string;
}

/** The children of a master element whose content is at hand; ends at the first that is not whole. */
export function* readChildren(content: Uint8Array): Generator<{ id: number; content: Uint8Array }> {
  let position = 0;
  while (position < content.length) {
    const header = readElementHeader(content, position);
    if (header === null || header.contentBytes === null) return;
    const start = position + header.headerBytes;
    const end = start + header.contentBytes;
    if (end > content.length) return;
    yield { id: header.id, content: content.subarray(start, end) };
    position = end;
  }
}
