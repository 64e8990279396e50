/** What the configuration of H.264 and AAC says: the size of the picture, the rate and channels of the sound. */
import { SAMPLE_RATES } from "@/lib/media/adts";
import type { PictureSize } from "@/lib/media/picture-size";

/** Reads bits, and Exp-Golomb codes (ITU-T H.264 §9.1). After the end everything is 0. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1, this.#at += 1) {
      value = value * 2 + (((this.#bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && this.bits(1) === 0) zeros += 1;
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  signed(): number {
    const code = this.unsigned();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}

/** Profiles whose parameters say how colour is sampled (ITU-T H.264 §7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** @param config AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3); @returns null when it says no size */
export function pictureSizeOfAvc(config: Buffer): PictureSize | null {
  if (config.length < 8 || config[0] !== 1 || ((config[5] as number) & 31) === 0) return null;
  const length = config.readUInt16BE(6);
  return pictureSizeOfSps(config.subarray(8, 8 + length));
}

/** @param unit a sequence parameter set with its header byte */
function pictureSizeOfSps(unit: Buffer): PictureSize | null {
  const reader = new BitReader(withoutEmulation(unit.subarray(1)));
  const profile = reader.bits(8);
  reader.bits(16);
  reader.unsigned();
  const chromaFormat = HIGH_PROFILES.has(profile) ? readChroma(reader) : 1;
  reader.unsigned();
  const orderType = reader.unsigned();
  if (orderType === 0) reader.unsigned();
  else if (orderType === 1) {
    reader.bits(1);
    reader.signed();
    reader.signed();
    for (let count = Math.min(255, reader.unsigned()); count > 0; count -= 1) reader.signed();
  }
  reader.unsigned();
  reader.bits(1);
  const widthMacroblocks = reader.unsigned() + 1;
  const heightUnits = reader.unsigned() + 1;
  const isFrameOnly = reader.bits(1);
  if (isFrameOnly === 0) reader.bits(1);
  reader.bits(1);
  const crop = reader.bits(1) === 1 ? [0, 0, 0, 0].map(() => reader.unsigned()) : [0, 0, 0, 0];
  const [left, right, top, bottom] = crop as [number, number, number, number];
  const cropX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const cropY = (chromaFormat === 1 ? 2 : 1) * (2 - isFrameOnly);
  const width = widthMacroblocks * 16 - cropX * (left + right);
  const height = heightUnits * 16 * (2 - isFrameOnly) - cropY * (top + bottom);
  return width > 0 && height > 0 && width <= 16_384 && height <= 16_384 ? { width, height } : null;
}

function readChroma(reader: BitReader): number {
  const format = reader.unsigned();
  if (format === 3) reader.bits(1);
  reader.unsigned();
  reader.unsigned();
  reader.bits(1);
  if (reader.bits(1) === 1) {
    for (let list = 0; list < (format === 3 ? 12 : 8); list += 1) {
      if (reader.bits(1) === 1) skipScalingList(reader, list < 6 ? 16 : 64);
    }
  }
  return format;
}

function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index += 1) {
    if (next !== 0) next = (last + reader.signed() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

/** §7.3.1: a 3 after two zeros is there so that no start code appears. */
function withoutEmulation(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length);
  let length = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    if (index >= 2 && bytes[index] === 3 && bytes[index - 1] === 0 && bytes[index - 2] === 0) continue;
    out[length] = bytes[index] as number;
    length += 1;
  }
  return out.subarray(0, length);
}

export interface AacFacts {
  objectType: number;
  sampleRate: number;
  /** 0: as a program element says. */
  channels: number;
}

/** @param config AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1); @returns null when it cannot be read */
export function readAacConfig(config: Buffer): AacFacts | null {
  if (config.length < 2) return null;
  const reader = new BitReader(config);
  const short = reader.bits(5);
  const objectType = short === 31 ? 32 + reader.bits(6) : short;
  const index = reader.bits(4);
  const sampleRate = index === 15 ? reader.bits(24) : SAMPLE_RATES[index];
  if (sampleRate === undefined || sampleRate === 0) return null;
  return { objectType, sampleRate, channels: reader.bits(4) };
}
