/** Sound without a sound, where a stream has none: frames of AAC that fit between those that are there. */
import { type AacFacts, readAacConfig } from "@/lib/media/flv/codec-config";

/** AAC-LC of a frame without a sound, by the number of channels; the same at every rate. */
const SILENCE: Readonly<Record<number, Buffer>> = {
  1: Buffer.from("00c800802380", "hex"),
  2: Buffer.from("210049900219002380", "hex"),
};
const AAC_LC = 2;
const SAMPLES_IN_FRAME = 1024;
/** Sound that is missing for less is jitter of the encoder's clock. */
export const MIN_SILENCE_MS = 200;

/** @returns null when silence of this kind is not known. @param config AudioSpecificConfig */
export function silentFrame(config: Buffer): Buffer | null {
  const facts = readAacConfig(config);
  return facts === null || facts.objectType !== AAC_LC ? null : (SILENCE[facts.channels] ?? null);
}

/**
 * When frames of silence begin between two frames of sound.
 *
 * @param lastMs when the one before the gap begins
 * @param atMs when the one after it does
 * @returns milliseconds, ascending; none where nothing is missing
 */
export function* silenceBetween(
  lastMs: number,
  atMs: number,
  { sampleRate }: Pick<AacFacts, "sampleRate">,
): Generator<number> {
  if (atMs - lastMs < MIN_SILENCE_MS) return;
  const frameMs = (SAMPLES_IN_FRAME * 1000) / sampleRate;
  for (let index = 1; lastMs + (index + 0.5) * frameMs < atMs; index += 1) yield Math.round(lastMs + index * frameMs);
}
