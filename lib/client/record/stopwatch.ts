/** Measures recorded time: what passes while running, without the pauses. */
export class Stopwatch {
  readonly #now: () => number;
  #accumulatedMs = 0;
  #runningSinceMs: number | null = null;
  #pausedAtMs = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get elapsedMs(): number {
    return this.#accumulatedMs + (this.#runningSinceMs === null ? 0 : this.#now() - this.#runningSinceMs);
  }

  /** Recorded time as it was `agoMs` milliseconds ago; a pause that is longer than that makes no difference. */
  elapsedMsBefore(agoMs: number): number {
    const thenMs = this.#now() - agoMs;
    if (this.#runningSinceMs !== null) return this.#accumulatedMs + Math.max(0, thenMs - this.#runningSinceMs);
    return Math.max(0, this.#accumulatedMs - Math.max(0, this.#pausedAtMs - thenMs));
  }

  /** Starts, or goes on after a pause. */
  run(): void {
    this.#runningSinceMs ??= this.#now();
  }

  pause(): void {
    if (this.#runningSinceMs === null) return;
    this.#accumulatedMs = this.elapsedMs;
    this.#runningSinceMs = null;
    this.#pausedAtMs = this.#now();
  }
}
