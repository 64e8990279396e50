/** How long to wait before a camera is tried again: longer each time, and never all at once. */
import { backOff } from "@/lib/domain/back-off";

const QUICK = { firstMs: 1000, longestMs: 30_000 };
/** A camera that was recorded for as long begins from the shortest wait again. */
const GOOD_AFTER_MS = 60_000;

/** Wrong passwords lock accounts, and what is not there does not come by asking often. */
const SLOW_CODES = new Set([
  "wrong_password",
  "not_permitted",
  "no_stream",
  "unsupported",
  "address_forbidden",
  "redirected",
]);
const SLOW = { firstMs: 10_000, longestMs: 300_000 };

export class BackOff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** @param recordedMs how long it was recorded before it failed; @returns ms, between half of the wait and all of it */
  next(code: string, recordedMs: number): number {
    if (recordedMs >= GOOD_AFTER_MS) this.#failures = 0;
    this.#failures += 1;
    return backOff(this.#failures, SLOW_CODES.has(code) ? SLOW : QUICK, this.#random());
  }
}
