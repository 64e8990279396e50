/** Finds leaps of a clock that is looked at in regular ticks. */

export const TICK_MS = 500;
/** A worker that waits for a core for longer than this is on a machine that records nothing meanwhile, either. */
const LEAP_MS = 4000;

export class LeapFinder {
  #lastMs: number;

  /** @param nowMs `Date.now()`: it goes on while the computer sleeps, unlike `performance.now()` in some browsers */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** @returns how much more time passed than a tick takes, milliseconds; null: nothing to speak of, or backwards */
  tick(nowMs: number): number | null {
    const leaptMs = nowMs - this.#lastMs - TICK_MS;
    this.#lastMs = nowMs;
    return leaptMs >= LEAP_MS ? leaptMs : null;
  }
}
