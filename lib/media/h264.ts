/** H.264 as bytes: NAL units with start codes and with lengths, and what the parameter sets say (Rec. ITU-T H.264). */

/** nal_unit_type, Table 7-1. */
const SPS = 7;
const PPS = 8;
const ACCESS_UNIT_DELIMITER = 9;

const START_CODE = Buffer.from([0, 0, 1]);
const LENGTH_BYTES = 4;

export interface Sps {
  profile: number;
  constraints: number;
  level: number;
  /** As it is shown, in pixels. */
  width: number;
  height: number;
  /** 8 bits, 4:2:0, whole frames: what every player decodes. */
  isPlain: boolean;
}

export function nalType(nal: Uint8Array): number {
  return (nal[0] as number) & 0x1f;
}

/** The NAL units of a byte stream with start codes (Annex B). */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units: Uint8Array[] = [];
  let start = text.indexOf(START_CODE);
  while (start >= 0) {
    const next = text.indexOf(START_CODE, start + 3);
    let end = next < 0 ? bytes.length : next;
    // A start code may have more zeros before it, and a unit never ends with one (§7.4.1).
    while (end > start + 3 && bytes[end - 1] === 0) end -= 1;
    if (end > start + 3) units.push(bytes.subarray(start + 3, end));
    start = next;
  }
  return units;
}

/** The NAL units of a sample in which each has its length before it (ISO/IEC 14496-15 §5.3.2); null: it is damaged. */
export function splitLengthPrefixed(bytes: Uint8Array, lengthBytes = LENGTH_BYTES): Uint8Array[] | null {
  const units: Uint8Array[] = [];
  let position = 0;
  while (position < bytes.length) {
    let length = 0;
    for (let index = 0; index < lengthBytes; index += 1) length = length * 256 + (bytes[position + index] ?? 0);
    position += lengthBytes;
    if (length === 0 || position + length > bytes.length) return null;
    units.push(bytes.subarray(position, position + length));
    position += length;
  }
  return units;
}

/** A sample as MP4 has it, of NAL units. */
export function joinLengthPrefixed(units: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const unit of units) size += LENGTH_BYTES + unit.length;
  const bytes = Buffer.allocUnsafe(size);
  let position = 0;
  for (const unit of units) {
    bytes.writeUInt32BE(unit.length, position);
    bytes.set(unit, position + LENGTH_BYTES);
    position += LENGTH_BYTES + unit.length;
  }
  return bytes;
}

/** Parameter sets among the units of a picture, and the rest. Delimiters are left out: MP4 needs none. */
export function sortUnits(units: readonly Uint8Array[]): { sps: Uint8Array[]; pps: Uint8Array[]; rest: Uint8Array[] } {
  const sorted = { sps: [] as Uint8Array[], pps: [] as Uint8Array[], rest: [] as Uint8Array[] };
  for (const unit of units) {
    const type = nalType(unit);
    if (type === SPS) sorted.sps.push(unit);
    else if (type === PPS) sorted.pps.push(unit);
    else if (type !== ACCESS_UNIT_DELIMITER) sorted.rest.push(unit);
  }
  return sorted;
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1) with lengths of four bytes. */
export function avcConfiguration(sps: Uint8Array, pps: Uint8Array): Uint8Array {
  const length = (unit: Uint8Array) => [unit.length >> 8, unit.length & 0xff];
  const [, profile = 0, constraints = 0, level = 0] = sps;
  return Uint8Array.from([
    ...[1, profile, constraints, level, 0xfc | (LENGTH_BYTES - 1), 0xe0 | 1, ...length(sps), ...sps],
    ...[1, ...length(pps), ...pps],
    // 4:2:0, 8 bits, no extensions; profiles below High have no such end.
    ...(HIGH_PROFILES.has(profile) ? [0xfc | 1, 0xf8, 0xf8, 0] : []),
  ]);
}

/** Parameter sets of a configuration record; null: it is none, or holds more than one of each. */
export function readAvcConfiguration(
  bytes: Uint8Array,
): { sps: Uint8Array; pps: Uint8Array; lengthBytes: number } | null {
  if (bytes[0] !== 1 || bytes.length < 7) return null;
  const units: Uint8Array[] = [];
  let position = 5;
  for (const mask of [0x1f, 0xff]) {
    if (((bytes[position] ?? 0) & mask) !== 1) return null;
    const length = ((bytes[position + 1] ?? 0) << 8) | (bytes[position + 2] ?? 0);
    units.push(bytes.subarray(position + 3, position + 3 + length));
    position += 3 + length;
  }
  const [sps, pps] = units;
  if (sps === undefined || pps === undefined || sps.length < 4 || pps.length === 0 || position > bytes.length)
    return null;
  return { sps, pps, lengthBytes: ((bytes[4] as number) & 3) + 1 };
}

/** `avc1.` and profile, constraints and level (RFC 6381 §3.3). */
export function codecName({ profile, constraints, level }: Sps): string {
  return `avc1.${[profile, constraints, level].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Profiles whose SPS says the chroma format (§7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const MACROBLOCK_PIXELS = 16;

/** @returns null when it cannot be read */
export function readSps(nal: Uint8Array): Sps | null {
  const bits = new BitReader(withoutEmulation(nal).subarray(1));
  try {
    return parse(bits);
  } catch {
    return null;
  }
}

function parse(bits: BitReader): Sps {
  const [profile, constraints, level] = [bits.read(8), bits.read(8), bits.read(8)];
  bits.unsigned();
  let isPlain = true;
  if (HIGH_PROFILES.has(profile)) {
    const chroma = bits.unsigned();
    if (chroma === 3) bits.read(1);
    const [lumaDepth, chromaDepth] = [bits.unsigned(), bits.unsigned()];
    bits.read(1);
    isPlain = chroma === 1 && lumaDepth === 0 && chromaDepth === 0;
    if (bits.read(1) === 1) {
      for (let list = 0; list < (chroma === 3 ? 12 : 8); list += 1) {
        if (bits.read(1) === 1) skipScalingList(bits, list < 6 ? 16 : 64);
      }
    }
  }
  bits.unsigned();
  const orderType = bits.unsigned();
  if (orderType === 0) bits.unsigned();
  else if (orderType === 1) {
    bits.read(1);
    bits.signed();
    bits.signed();
    const cycle = bits.unsigned();
    for (let index = 0; index < cycle; index += 1) bits.signed();
  }
  bits.unsigned();
  bits.read(1);
  const widthMacroblocks = bits.unsigned() + 1;
  const heightUnits = bits.unsigned() + 1;
  const isFrames = bits.read(1) === 1;
  if (!isFrames) bits.read(1);
  bits.read(1);
  const [left, right, top, bottom] =
    bits.read(1) === 1 ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()] : [0, 0, 0, 0];
  const fieldsPerUnit = isFrames ? 1 : 2;
  return {
    ...{ profile, constraints, level },
    // Cropping is counted in samples of chroma (§7.4.2.1.1), which is half as wide and high.
    width: widthMacroblocks * MACROBLOCK_PIXELS - 2 * (left + right),
    height: heightUnits * MACROBLOCK_PIXELS * fieldsPerUnit - 2 * fieldsPerUnit * (top + bottom),
    isPlain: isPlain && isFrames,
  };
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index += 1) {
    if (next !== 0) next = (last + bits.signed() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

/** Without the bytes that keep start codes from appearing (§7.4.1.1). */
function withoutEmulation(nal: Uint8Array): Uint8Array {
  return nal.filter((byte, index) => !(byte === 3 && nal[index - 1] === 0 && nal[index - 2] === 0));
}

class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) {
      const byte = this.#bytes[this.#position >> 3];
      if (byte === undefined) throw new RangeError("the parameter set is cut off");
      value = value * 2 + ((byte >> (7 - (this.#position & 7))) & 1);
      this.#position += 1;
    }
    return value;
  }

  /** ue(v), §9.1. */
  unsigned(): number {
    let zeros = 0;
    while (this.read(1) === 0) {
      zeros += 1;
      if (zeros > 31) throw new RangeError("no such number");
    }
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** se(v), §9.1.1. */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
