/** How long to wait before a camera is tried again: longer each time, and never all at once. */

const FIRST_MS = 1000;
const MOST_MS = 30_000;
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
const SLOW_FIRST_MS = 10_000;
const SLOW_MOST_MS = 300_000;

export class BackOff {
  readonly #random: () => number;
  #attempt = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** @param recordedMs how long it was recorded before it failed; @returns ms, between half of the wait and all of it */
  next(code: string, recordedMs: number): number {
    if (recordedMs >= GOOD_AFTER_MS) this.#attempt = 0;
    const [first, most] = SLOW_CODES.has(code) ? [SLOW_FIRST_MS, SLOW_MOST_MS] : [FIRST_MS, MOST_MS];
    const wait = Math.min(most, first * 2 ** Math.min(this.#attempt, 16));
    this.#attempt += 1;
    return wait * (0.5 + 0.5 * this.#random());
  }
}
