/** What the sequence parameter sets of H.264 (§7.3.2.1.1, §E.1) and H.265 (§7.3.2.2) say: size, and how far pictures are reordered. */
import { BitReader, unescapeUnit } from "@/lib/media/rtsp/bit-reader";

export interface SequenceFacts {
  width: number;
  height: number;
  /** How many pictures may be decoded before one that is shown earlier; null: it does not say. */
  reorder: number | null;
}

/** Profiles with the fields of high profiles (§7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** @returns null when it cannot be read */
export function parseH264Sequence(unit: Uint8Array): SequenceFacts | null {
  try {
    return readH264(new BitReader(unescapeUnit(unit)));
  } catch {
    return null;
  }
}

function readH264(reader: BitReader): SequenceFacts {
  reader.skip(8);
  const profile = reader.bits(8);
  const constraints = reader.bits(8);
  reader.skip(8);
  reader.unsigned();
  let chroma = 1;
  let separatePlanes = 0;
  if (HIGH_PROFILES.has(profile)) {
    chroma = reader.unsigned();
    if (chroma === 3) separatePlanes = reader.bit();
    reader.unsigned();
    reader.unsigned();
    reader.skip(1);
    if (reader.bit() === 1) for (let list = 0; list < (chroma === 3 ? 12 : 8); list += 1) skipScalingList(reader, list);
  }
  reader.unsigned();
  const orderType = reader.unsigned();
  if (orderType === 0) reader.unsigned();
  else if (orderType === 1) {
    reader.skip(1);
    reader.signed();
    reader.signed();
    const cycle = reader.unsigned();
    for (let index = 0; index < Math.min(cycle, 255); index += 1) reader.signed();
  }
  const referenceFrames = reader.unsigned();
  reader.skip(1);
  const widthMacroblocks = reader.unsigned() + 1;
  const heightUnits = reader.unsigned() + 1;
  const framesOnly = reader.bit();
  if (framesOnly === 0) reader.skip(1);
  reader.skip(1);
  let [cropX, cropY] = [0, 0];
  if (reader.bit() === 1) {
    const [left, right, top, bottom] = [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()];
    const planar = chroma === 0 || separatePlanes === 1;
    cropX = (left + right) * (planar || chroma === 3 ? 1 : 2);
    cropY = (top + bottom) * (planar || chroma !== 1 ? 1 : 2) * (2 - framesOnly);
  }
  // Baseline has no B pictures, and an order of type 2 is the order of decoding.
  const isInOrder = profile === 66 || orderType === 2 || referenceFrames === 0;
  const reorder = isInOrder ? 0 : reader.bit() === 1 ? readReorder(reader) : intraOnly(profile, constraints);
  return { width: 16 * widthMacroblocks - cropX, height: 16 * heightUnits * (2 - framesOnly) - cropY, reorder };
}

function intraOnly(profile: number, constraints: number): number | null {
  return (constraints & 0x10) !== 0 && HIGH_PROFILES.has(profile) ? 0 : null;
}

function skipScalingList(reader: BitReader, list: number): void {
  if (reader.bit() === 0) return;
  let [last, next] = [8, 8];
  for (let index = 0; index < (list < 6 ? 16 : 64); index += 1) {
    if (next !== 0) next = (last + reader.signed() + 256) % 256;
    if (next !== 0) last = next;
  }
}

/** max_num_reorder_frames of the VUI (§E.1.1). */
function readReorder(reader: BitReader): number | null {
  if (reader.bit() === 1 && reader.bits(8) === 255) reader.skip(32);
  if (reader.bit() === 1) reader.skip(1);
  if (reader.bit() === 1) {
    reader.skip(4);
    if (reader.bit() === 1) reader.skip(24);
  }
  if (reader.bit() === 1) {
    reader.unsigned();
    reader.unsigned();
  }
  if (reader.bit() === 1) reader.skip(65);
  const nal = reader.bit();
  if (nal === 1) skipHrd(reader);
  const vcl = reader.bit();
  if (vcl === 1) skipHrd(reader);
  if (nal === 1 || vcl === 1) reader.skip(1);
  reader.skip(1);
  if (reader.bit() === 0) return null;
  reader.skip(1);
  for (let index = 0; index < 4; index += 1) reader.unsigned();
  return Math.min(16, reader.unsigned());
}

function skipHrd(reader: BitReader): void {
  const count = reader.unsigned() + 1;
  reader.skip(8);
  for (let index = 0; index < Math.min(count, 32); index += 1) {
    reader.unsigned();
    reader.unsigned();
    reader.skip(1);
  }
  reader.skip(20);
}

/** @returns null when it cannot be read */
export function parseH265Sequence(unit: Uint8Array): SequenceFacts | null {
  try {
    return readH265(new BitReader(unescapeUnit(unit)));
  } catch {
    return null;
  }
}

function readH265(reader: BitReader): SequenceFacts {
  reader.skip(16 + 4);
  const subLayers = reader.bits(3);
  reader.skip(1);
  skipProfileTierLevel(reader, subLayers);
  reader.unsigned();
  const chroma = reader.unsigned();
  if (chroma === 3) reader.skip(1);
  let width = reader.unsigned();
  let height = reader.unsigned();
  if (reader.bit() === 1) {
    const [left, right, top, bottom] = [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()];
    width -= (left + right) * (chroma === 1 || chroma === 2 ? 2 : 1);
    height -= (top + bottom) * (chroma === 1 ? 2 : 1);
  }
  reader.unsigned();
  reader.unsigned();
  reader.unsigned();
  const hasEach = reader.bit();
  let reorder = 0;
  for (let layer = hasEach === 1 ? 0 : subLayers; layer <= subLayers; layer += 1) {
    reader.unsigned();
    reorder = reader.unsigned();
    reader.unsigned();
  }
  return { width, height, reorder: Math.min(16, reorder) };
}

function skipProfileTierLevel(reader: BitReader, subLayers: number): void {
  reader.skip(88 + 8);
  const present: [number, number][] = [];
  for (let layer = 0; layer < subLayers; layer += 1) present.push([reader.bit(), reader.bit()]);
  if (subLayers > 0) reader.skip(2 * (8 - subLayers));
  for (const [profile, level] of present) reader.skip(88 * profile + 8 * level);
}
