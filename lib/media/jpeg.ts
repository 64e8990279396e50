/**
 * Looks at a JPEG without decoding it: whether it is one whole picture, and how large it says it is (ITU-T T.81 annex B).
 * Every marker up to the end is walked, so that a second frame header further down cannot say something else than the
 * first.
 */
import { AppError } from "@/lib/domain/errors";
import type { PictureSize } from "@/lib/media/picture-size";

export interface JpegLimits {
  maxBytes: number;
  maxPixels: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Frames that decoders know: baseline, extended sequential and progressive, all with Huffman coding. */
const KNOWN_FRAMES = new Set([0xc0, 0xc1, 0xc2]);
/** Every other frame header: lossless, hierarchical, arithmetic (table B.1); DHT, JPG and DAC are none. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** TEM and restart markers stand alone; so does what fills up. */
const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
/** A progressive picture has about ten scans; each costs a decoder a pass over the whole picture. */
const MAX_SCANS = 32;

/**
 * @param bytes one message: exactly one picture; zeros behind its end are let pass
 * @returns its size in pixels
 * @throws {AppError} too_large, or unprocessable with what is wrong with it
 */
export function readJpeg(bytes: Uint8Array, limits: JpegLimits): PictureSize {
  if (bytes.length > limits.maxBytes) {
    throw new AppError("too_large", "snapshot_too_large", `A picture has more than ${limits.maxBytes} bytes.`);
  }
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw refused("not_jpeg", "What came is not a JPEG.");
  let size: PictureSize | null = null;
  let scans = 0;
  let position = 2;
  for (;;) {
    const marker = bytes[position + 1];
    if (bytes[position] !== 0xff || marker === undefined) throw truncated();
    position += 2;
    if (marker === 0xff) {
      position -= 1; // a fill byte
      continue;
    }
    if (standsAlone(marker)) continue;
    if (marker === EOI) break;
    const length = readWord(bytes, position);
    if (length < 2 || position + length > bytes.length) throw truncated();
    if (marker === SOI) throw refused("jpeg_damaged", "The picture begins twice.");
    if (isFrame(marker)) {
      if (size !== null) throw refused("jpeg_damaged", "The picture has two headers.");
      size = readFrame(bytes, marker, position, length, limits);
    }
    position += length;
    if (marker === SOS) {
      if (size === null) throw refused("jpeg_damaged", "The picture has no header.");
      scans += 1;
      if (scans > MAX_SCANS) throw refused("jpeg_unfit", "The picture has too many scans.");
      position = skipEntropyCoded(bytes, position);
    }
  }
  if (size === null || scans === 0) throw refused("jpeg_damaged", "There is no picture in the JPEG.");
  if (bytes.subarray(position).some((byte) => byte !== 0)) {
    throw refused("jpeg_damaged", "Something follows the picture.");
  }
  return size;
}

/** B.2.2: precision (8), lines (16), samples a line (16), components (8). */
function readFrame(
  bytes: Uint8Array,
  marker: number,
  position: number,
  length: number,
  { maxPixels }: JpegLimits,
): PictureSize {
  if (!KNOWN_FRAMES.has(marker)) throw refused("jpeg_unfit", "Only baseline and progressive JPEGs can be recorded.");
  if (length < 8) throw truncated();
  const height = readWord(bytes, position + 3);
  const width = readWord(bytes, position + 5);
  const components = bytes[position + 7] as number;
  if (bytes[position + 2] !== 8 || (components !== 1 && components !== 3)) {
    throw refused("jpeg_unfit", "Only JPEGs in colour or grey, with 8 bits, can be recorded.");
  }
  if (width === 0 || height === 0) throw refused("jpeg_damaged", "The picture does not say how large it is.");
  if (width * height > maxPixels) {
    throw new AppError(
      "too_large",
      "snapshot_too_large",
      `A picture of ${width}x${height} is larger than is recorded.`,
    );
  }
  return { width, height };
}

/** @returns where the next marker is: neither a stuffed byte nor a restart */
function skipEntropyCoded(bytes: Uint8Array, from: number): number {
  let position = from;
  for (;;) {
    position = bytes.indexOf(0xff, position);
    if (position < 0 || position + 1 >= bytes.length) throw truncated();
    const next = bytes[position + 1] as number;
    if (next !== 0 && next !== 0xff && !standsAlone(next)) return position;
    position += next === 0xff ? 1 : 2;
  }
}

function readWord(bytes: Uint8Array, position: number): number {
  return ((bytes[position] ?? 0) << 8) | (bytes[position + 1] ?? 0);
}

function truncated(): AppError {
  return refused("jpeg_truncated", "A picture arrived that is cut off.");
}

function refused(code: string, message: string): AppError {
  return new AppError("unprocessable", code, message);
}
