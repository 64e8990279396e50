/** The shape of a sound: how loud it is at most in each of many equal parts, to be drawn under the player. */
import { z } from "zod";

/** More than any player has pixels for. */
const MAX_PEAKS = 1200;
const MIN_PEAK_MS = 20;
/** What {@link PeakMeter} reads: mono, 16 bits, so many samples a second. */
export const WAVEFORM_SAMPLES = { rate: 8000, format: "s16le", bytes: 2 } as const;
const FULL_SCALE = 32_768;
/** What is said of a peak: 0 silence, this full scale. */
const PEAK_STEPS = 255;

export const waveformFile = z
  .object({
    version: z.literal(1),
    durationMs: z.int().min(0).meta({ description: "of the finished file, milliseconds" }),
    peaks: z
      .array(z.int().min(0).max(PEAK_STEPS))
      .meta({ description: "greatest amplitude of each of so many equal parts; 0: silence, 255: full scale" }),
  })
  .meta({ id: "Waveform" });
export type WaveformFile = z.infer<typeof waveformFile>;

/** Takes samples as they come, in pieces of any length, and keeps the peaks alone. */
export class PeakMeter {
  readonly #peaks: Uint16Array;
  readonly #samplesPerPeak: number;
  #sample = 0;
  /** First byte of a sample whose second is still to come; -1: none. */
  #half = -1;

  /** @param durationMs of the finished file; what comes after it is left out, what does not come is silence */
  constructor(durationMs: number) {
    const count = Math.max(1, Math.min(MAX_PEAKS, Math.floor(durationMs / MIN_PEAK_MS)));
    this.#peaks = new Uint16Array(count);
    this.#samplesPerPeak = Math.max(1, ((durationMs / 1000) * WAVEFORM_SAMPLES.rate) / count);
  }

  write(bytes: Uint8Array): void {
    let index = 0;
    if (this.#half >= 0 && bytes.length > 0) {
      this.#take(this.#half | ((bytes[0] as number) << 8));
      this.#half = -1;
      index = 1;
    }
    for (; index + 1 < bytes.length; index += 2) {
      this.#take((bytes[index] as number) | ((bytes[index + 1] as number) << 8));
    }
    if (index < bytes.length) this.#half = bytes[index] as number;
  }

  /** Each from 0 to 255. */
  finish(): number[] {
    return Array.from(this.#peaks, (peak) => Math.min(PEAK_STEPS, Math.round((peak * PEAK_STEPS) / FULL_SCALE)));
  }

  #take(word: number): void {
    const amplitude = word >= FULL_SCALE ? 2 * FULL_SCALE - word : word;
    const at = Math.floor(this.#sample / this.#samplesPerPeak);
    this.#sample += 1;
    if (amplitude > (this.#peaks[at] ?? Number.POSITIVE_INFINITY)) this.#peaks[at] = amplitude;
  }
}
