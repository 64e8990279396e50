/**
 * The time of a stream by its messages' timestamps, made to go on where they leap: encoders begin again at 0, or set their
 * clock. What came is then placed by when it came.
 */

/** Messages of sound and picture are this far out of order at most. */
const MAX_BACK_MS = 2000;
/** A timestamp that goes on further than time went by, and this, is a leap. */
const MAX_AHEAD_MS = 10_000;

export class StreamClock {
  #lastField: number | null = null;
  #lastMs = 0;
  #arrivedAtMs = 0;

  /**
   * @param field of the message, milliseconds modulo 2^32
   * @param nowMs when it came, by a clock that does not go back
   * @returns milliseconds from the stream's first message; may go back a little
   */
  at(field: number, nowMs: number): number {
    if (this.#lastField === null) {
      this.#lastField = field;
      this.#arrivedAtMs = nowMs;
      return 0;
    }
    const elapsedMs = nowMs - this.#arrivedAtMs;
    // Modulo 2^32, to the nearer side.
    let stepMs = (field - this.#lastField) | 0;
    if (stepMs < -MAX_BACK_MS || stepMs > elapsedMs + MAX_AHEAD_MS) stepMs = Math.round(elapsedMs);
    this.#lastField = field;
    this.#arrivedAtMs = nowMs;
    this.#lastMs = Math.max(0, this.#lastMs + stepMs);
    return this.#lastMs;
  }
}
