/** How much two pieces of the same sound are apart, by what is heard. */

/** Below this root of the mean square, of 32,768, there is nothing to compare: -60 dB. */
const SILENCE_RMS = 33;
/** What an encoder has made of a sound is more like it than this, and another place of the sound is not. */
const LEAST_CORRELATION = 0.6;
/** Twice this is the share of the energy by which what is taken may differ from what is best. */
const AS_GOOD = 0.002;

/**
 * Where `sought` lies in `sound`: the lag within `maxLag` samples around `at` at which they correlate most.
 *
 * @param sought 16-bit samples
 * @param at index in `sound` where the first of them is thought to be
 * @returns samples that it lies later than that; null: it is silent, or nothing there is like it
 */
export function bestLag(sought: Int16Array, sound: Int16Array, at: number, maxLag: number): number | null {
  const from = at - maxLag;
  const length = Math.min(sought.length, sound.length - at - maxLag);
  if (from < 0 || length <= 0) return null;
  let energy = 0;
  for (let index = 0; index < length; index += 1) energy += (sought[index] as number) ** 2;
  if (Math.sqrt(energy / length) < SILENCE_RMS) return null;

  let windowEnergy = 0;
  for (let index = from; index < from + length; index += 1) windowEnergy += (sound[index] as number) ** 2;
  const correlations: number[] = [];
  for (let lag = -maxLag; lag <= maxLag; lag += 1) {
    const start = at + lag;
    let product = 0;
    for (let index = 0; index < length; index += 1)
      product += (sought[index] as number) * (sound[start + index] as number);
    correlations.push(windowEnergy > 0 ? product / Math.sqrt(energy * windowEnergy) : 0);
    windowEnergy += (sound[start + length] ?? 0) ** 2 - (sound[start] as number) ** 2;
  }
  const most = Math.max(...correlations);
  if (most < LEAST_CORRELATION) return null;
  // A tone is like itself a period later: of places that are as good, the nearest.
  const good = [...correlations.keys()].filter((index) => (correlations[index] as number) >= most - AS_GOOD);
  return good.map((index) => index - maxLag).reduce((one, other) => (Math.abs(other) < Math.abs(one) ? other : one));
}
