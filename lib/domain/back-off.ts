/** How long to wait before the next attempt of whatever has failed. */

export interface BackOffRange {
  firstMs: number;
  longestMs: number;
}

/**
 * Doubles with each failure, half of it by chance, so that those who were cut off together do not come back together.
 *
 * @param failures attempts that have failed in a row, from 1
 * @param random in [0, 1)
 * @returns milliseconds, from half of the first wait to all of the longest
 */
export function backOff(
  failures: number,
  { firstMs, longestMs }: BackOffRange,
  random: number = Math.random(),
): number {
  const longest = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return Math.round(longest / 2 + (longest / 2) * random);
}
