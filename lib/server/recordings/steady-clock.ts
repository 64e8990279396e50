/**
 * Whether the time of day can be believed. Retention and the end of abandoned recordings compare times of day, and a
 * clock that is put forward by a day makes everything look a day older. So they wait until the wall clock has gone along
 * with the monotonic one for a while: long enough for a clock to be put right again.
 */

/** Corrections of NTP and the pauses of a busy process are shorter than this. */
const LEAP_MS = 60_000;

export interface Clocks {
  /** Milliseconds since the epoch. */
  wallMs(): number;
  /** Milliseconds since any instant; never put forward or back. On Linux it stands still while the machine sleeps. */
  monotonicMs(): number;
}

const CLOCKS: Clocks = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

export class SteadyClock {
  readonly #clocks: Clocks;
  #sinceMs: number;
  #wallMs: number;
  #monotonicMs: number;
  #hasLeapt = false;

  constructor(clocks = CLOCKS) {
    this.#clocks = clocks;
    this.#wallMs = clocks.wallMs();
    this.#monotonicMs = clocks.monotonicMs();
    this.#sinceMs = this.#monotonicMs;
  }

  /** Compares the clocks. Call it often: what happens between two looks is seen as one leap. */
  look(): void {
    const wallMs = this.#clocks.wallMs();
    const monotonicMs = this.#clocks.monotonicMs();
    const leapMs = wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs);
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    if (Math.abs(leapMs) <= LEAP_MS) return;
    this.#hasLeapt = true;
    this.disturb();
  }

  /** What is compared with the clock may be old through no fault of its source: the waiting begins anew. */
  disturb(): void {
    this.#sinceMs = this.#clocks.monotonicMs();
  }

  /** How long the clock has been steady and nothing was disturbed, as of the last look; at most since the start. */
  get steadyForMs(): number {
    return this.#monotonicMs - this.#sinceMs;
  }

  /** Whether it has leapt since the start. */
  get hasLeapt(): boolean {
    return this.#hasLeapt;
  }
}
