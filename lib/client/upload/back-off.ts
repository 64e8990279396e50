/** How long to wait before the next attempt to connect. */
import { backOff } from "@/lib/domain/back-off";

const RANGE = { firstMs: 500, longestMs: 10_000 };

/**
 * @param failures attempts that have failed in a row, from 1
 * @param random in [0, 1)
 * @returns 250 ms to 10 s
 */
export function backOffMs(failures: number, random?: number): number {
  return backOff(failures, RANGE, random);
}
