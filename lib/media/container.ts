/** Which container a file is, by its first bytes. Names, MIME types and what a source claims are not asked. */

export type Container = "matroska" | "mp4" | "flv";

/** As many bytes from the start of a file as {@link sniffContainer} looks at. */
export const SNIFF_BYTES = 12;

/** The EBML header's id, with which WebM and Matroska begin (RFC 8794 §11.2.1). */
const EBML_ID = [0x1a, 0x45, 0xdf, 0xa3];
/** The type of the first box of an MP4 (ISO/IEC 14496-12 §4.3). */
const FTYP = [0x66, 0x74, 0x79, 0x70];
/** "FLV", version 1 (Video File Format Specification 10.1, E.2). */
const FLV = [0x46, 0x4c, 0x56, 0x01];

/**
 * @param start the first bytes of the file; {@link SNIFF_BYTES} of them, or all when there are fewer
 * @returns null when it is none of them, or when there are too few bytes to tell
 */
export function sniffContainer(start: Uint8Array): Container | null {
  if (EBML_ID.every((byte, index) => start[index] === byte)) return "matroska";
  if (FTYP.every((byte, index) => start[4 + index] === byte)) return "mp4";
  if (FLV.every((byte, index) => start[index] === byte)) return "flv";
  return null;
}

/**
 * Whether bytes without a known beginning look like the later part of a recording: a Matroska cluster or an MP4
 * fragment somewhere in them. Decides only which sentence the user reads.
 */
export function looksHeadless(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return text.includes(Buffer.from([0x1f, 0x43, 0xb6, 0x75])) || text.includes("moof");
}
