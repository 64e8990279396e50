/** How long to wait before the next attempt to connect. */

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/**
 * Doubles with each failure, half of it by chance, so that pages cut off together do not come back together.
 *
 * @param failures attempts that have failed in a row, from 1
 * @param random in [0, 1)
 * @returns 250 ms to 10 s
 */
export function backOffMs(failures: number, random: number = Math.random()): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(longest / 2 + (longest / 2) * random);
}
