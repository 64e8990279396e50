/**
 * Turns packets of H.264 from Matroska into samples of MP4. Recorders write them with start codes and the parameter sets
 * in the stream; in MP4 they have lengths, and the sets stand in the header once. So a stream that changes its sets is not
 * copied.
 */
import {
  avcConfiguration,
  codecName,
  joinLengthPrefixed,
  readAvcConfiguration,
  readSps,
  sortUnits,
  splitAnnexB,
  splitLengthPrefixed,
} from "@/lib/media/h264";
import { outputSize } from "@/lib/media/picture-size";
import { Refusal } from "@/worker/follow/refusal";
import type { VideoFormat } from "@/worker/follow/segmenter";

export class H264Copier {
  readonly #longestSidePx: number;
  /** Of lengths before units; null: there are start codes. */
  readonly #lengthBytes: number | null = null;
  #sets: { sps: Buffer; pps: Buffer } | null = null;
  /** null: before the first picture */
  format: VideoFormat | null = null;

  /**
   * @param configuration what the container says of the codec; null: nothing, it is in the stream
   * @param longestSidePx a larger picture is to be made smaller, and is not copied; 0: never
   */
  constructor(configuration: Uint8Array | null, longestSidePx: number) {
    this.#longestSidePx = longestSidePx;
    if (configuration === null) return;
    const read = readAvcConfiguration(configuration);
    if (read === null) throw new Refusal("parameters", "more than one set of parameters");
    this.#lengthBytes = read.lengthBytes;
    this.#takeSets(read.sps, read.pps);
  }

  /** @returns the sample, of new bytes. @throws {Refusal} when it cannot be copied */
  copy(payload: Uint8Array): Uint8Array {
    const units = this.#lengthBytes === null ? splitAnnexB(payload) : splitLengthPrefixed(payload, this.#lengthBytes);
    if (units === null) throw new Refusal("unreadable", "a picture is no H.264");
    const { sps, pps, rest } = sortUnits(units);
    if (this.#sets === null && sps[0] !== undefined && pps[0] !== undefined) this.#takeSets(sps[0], pps[0]);
    const sets = this.#sets;
    if (sets === null || rest.length === 0) throw new Refusal("unreadable", "a picture without parameters or content");
    if (sps.some((unit) => !sets.sps.equals(unit)) || pps.some((unit) => !sets.pps.equals(unit))) {
      throw new Refusal("parameters", "the parameters change");
    }
    return joinLengthPrefixed(rest);
  }

  #takeSets(sps: Uint8Array, pps: Uint8Array): void {
    const read = readSps(sps);
    if (read === null) throw new Refusal("parameters", "they cannot be read");
    const { width, height } = outputSize(read, this.#longestSidePx);
    if (!read.isPlain || width !== read.width || height !== read.height) {
      throw new Refusal("parameters", `${read.width}x${read.height}, profile ${read.profile}`);
    }
    this.#sets = { sps: Buffer.from(sps), pps: Buffer.from(pps) };
    this.format = {
      codec: codecName(read),
      configuration: Buffer.from(avcConfiguration(sps, pps)).toString("base64"),
      width,
      height,
    };
  }
}
