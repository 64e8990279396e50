/** Takes a stream of ADTS frames apart (ISO/IEC 14496-3 §1.A.2), in whatever pieces it comes. */

/** What a decoder must know, from the header of a frame. */
export interface AacFormat {
  /** AudioSpecificConfig (§1.6.2.1). */
  configuration: Uint8Array;
  sampleRate: number;
  channels: number;
}

/** §1.6.3.4 */
const SAMPLE_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const HEADER_BYTES = 7;
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
    while (rest.length >= HEADER_BYTES) {
      const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = rest;
      if (first !== 0xff || (second & 0xf6) !== 0xf0) throw new Error("no ADTS frame where one was to be");
      const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
      const headerBytes = HEADER_BYTES + ((second & 1) === 1 ? 0 : CRC_BYTES);
      if (length <= headerBytes) throw new Error("an ADTS frame without content");
      if (rest.length < length) break;
      this.format ??= formatOf(third, fourth);
      this.#onFrame(rest.subarray(headerBytes, length));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
  }
}

/**
 * @param configuration an AudioSpecificConfig as {@link AacFormat} has it
 * @param frameBytes of the frame without the header
 * @returns the header of a frame, without a checksum
 */
export function adtsHeader(configuration: Uint8Array, frameBytes: number): Uint8Array {
  const [first = 0, second = 0] = configuration;
  const profile = (first >> 3) - 1;
  const rateIndex = ((first & 7) << 1) | (second >> 7);
  const channels = (second >> 3) & 0xf;
  const length = frameBytes + HEADER_BYTES;
  return Uint8Array.from([
    ...[0xff, 0xf1, (profile << 6) | (rateIndex << 2) | (channels >> 2)],
    // The buffer's fullness is not told: all ones.
    ...[((channels & 3) << 6) | (length >> 11), (length >> 3) & 0xff, ((length & 7) << 5) | 0x1f, 0xfc],
  ]);
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
