/** Frames of AAC in ADTS (ISO/IEC 14496-3 §1.A.2): the header of one, and a stream of them taken apart in whatever pieces it comes. */

/** What a decoder must know, from the header of a frame. */
export interface AacFormat {
  /** AudioSpecificConfig (§1.6.2.1). */
  configuration: Uint8Array;
  sampleRate: number;
  channels: number;
}

/** What an AudioSpecificConfig says (ISO 14496-3 §1.6.2.1), as far as an ADTS header can repeat it. */
export interface AacConfig {
  /** Audio object type; ADTS knows 1 to 4, and AAC-LC (2) stands for HE-AAC. */
  objectType: number;
  frequencyIndex: number;
  sampleRate: number;
  channels: number;
}

/** By the index of ISO 14496-3 table 1.16. */
export const SAMPLE_RATES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];
/** Without a checksum. */
export const ADTS_HEADER_BYTES = 7;
const CRC_BYTES = 2;

export class AdtsSplitter {
  readonly #onFrame: (frame: Uint8Array) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** null: before the first frame */
  format: AacFormat | null = null;

  /** @param onFrame called with each frame without its header */
  constructor(onFrame: (frame: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws {Error} when it is no ADTS */
  write(bytes: Uint8Array): void {
    let rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    while (rest.length >= ADTS_HEADER_BYTES) {
      const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = rest;
      if (first !== 0xff || (second & 0xf6) !== 0xf0) throw new Error("no ADTS frame where one was to be");
      const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
      const headerBytes = ADTS_HEADER_BYTES + ((second & 1) === 1 ? 0 : CRC_BYTES);
      if (length <= headerBytes) throw new Error("an ADTS frame without content");
      if (rest.length < length) break;
      this.format ??= formatOf(third, fourth);
      this.#onFrame(rest.subarray(headerBytes, length));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
  }
}

/** @param configuration an AudioSpecificConfig; @returns null when it is none that ADTS can carry */
export function readAdtsConfig(configuration: Uint8Array): AacConfig | null {
  const [first, second] = configuration;
  if (first === undefined || second === undefined) return null;
  const objectType = first >> 3;
  const frequencyIndex = ((first & 7) << 1) | (second >> 7);
  const channels = (second >> 3) & 0x0f;
  const sampleRate = SAMPLE_RATES[frequencyIndex];
  if (sampleRate === undefined || channels === 0 || channels > 7) return null;
  // SBR and PS are signalled outside of ADTS: players find them in the frames (§1.6.5).
  if (objectType === 5 || objectType === 29) return { objectType: 2, frequencyIndex, sampleRate, channels };
  if (objectType < 1 || objectType > 4) return null;
  return { objectType, frequencyIndex, sampleRate, channels };
}

/** The header of an AAC frame (ISO 14496-3 §1.A.2.2), of seven bytes. */
export function adtsHeader(
  { objectType, frequencyIndex, channels }: Pick<AacConfig, "objectType" | "frequencyIndex" | "channels">,
  frameBytes: number,
  into: Uint8Array,
): Uint8Array {
  const length = frameBytes + ADTS_HEADER_BYTES;
  into[0] = 0xff;
  into[1] = 0xf1;
  into[2] = ((objectType - 1) << 6) | (frequencyIndex << 2) | (channels >> 2);
  into[3] = ((channels & 3) << 6) | (length >> 11);
  into[4] = (length >> 3) & 0xff;
  into[5] = ((length & 7) << 5) | 0x1f;
  into[6] = 0xfc;
  return into;
}

function formatOf(third: number, fourth: number): AacFormat {
  const objectType = (third >> 6) + 1;
  const rateIndex = (third >> 2) & 0xf;
  const channels = ((third & 1) << 2) | (fourth >> 6);
  return {
    configuration: Uint8Array.from([(objectType << 3) | (rateIndex >> 1), ((rateIndex & 1) << 7) | (channels << 3)]),
    sampleRate: SAMPLE_RATES[rateIndex] ?? 0,
    channels,
  };
}

/**
 * A frame of silence in stereo (§4.4.2.1): a channel pair element of which neither channel has a spectrum, and the end.
 * Decoders of FFmpeg and of browsers take it beside frames of any encoder.
 */
export const SILENT_STEREO_FRAME: Uint8Array = Uint8Array.from([0x20, 0, 0, 0, 0, 0, 0x0e]);
