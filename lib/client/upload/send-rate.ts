/** How fast the server takes what waits, and how long it will take: measured, never guessed. */

export interface RateSample {
  /** `performance.now()` */
  nowMs: number;
  /** What the recorders have handed over so far. */
  recordedBytes: number;
  /** What of it the server has. */
  ackedBytes: number;
  isConnected: boolean;
}

/** One figure is made of so much time: acknowledgements come in groups, four a second. */
const WINDOW_MS = 2000;
/** While more than this waits, the connection does all it can; below, it only keeps up. */
const BUSY_BYTES = 512 * 1024;

export class SendRate {
  #last: RateSample | null = null;
  #window = { ms: 0, recordedBytes: 0, ackedBytes: 0, isBusy: true };
  #sentPerMs: number | null = null;
  #recordedPerMs = 0;

  note(sample: RateSample): void {
    const last = this.#last;
    this.#last = sample;
    if (last === null) return;
    const window = this.#window;
    window.ms += sample.nowMs - last.nowMs;
    window.recordedBytes += sample.recordedBytes - last.recordedBytes;
    window.ackedBytes += sample.ackedBytes - last.ackedBytes;
    window.isBusy &&= last.isConnected && last.recordedBytes - last.ackedBytes > BUSY_BYTES;
    if (window.ms < WINDOW_MS) return;
    this.#recordedPerMs = window.recordedBytes / window.ms;
    const sentPerMs = window.ackedBytes / window.ms;
    // Who keeps up may be able to do more: that only raises the figure.
    if (window.isBusy || sentPerMs > (this.#sentPerMs ?? 0)) this.#sentPerMs = sentPerMs;
    this.#window = { ms: 0, recordedBytes: 0, ackedBytes: 0, isBusy: true };
  }

  /** Bytes a millisecond that the recorders hand over. */
  get recordedPerMs(): number {
    return this.#recordedPerMs;
  }

  /**
   * Time until the server has everything, from when it can be reached.
   *
   * @param isRecording more is being recorded meanwhile
   * @returns milliseconds; null: not known, or never while recording goes on
   */
  timeToSendMs(isRecording: boolean): number | null {
    if (this.#last === null || this.#sentPerMs === null) return null;
    const perMs = this.#sentPerMs - (isRecording ? this.#recordedPerMs : 0);
    // A tenth of the rate is within its error.
    if (perMs <= this.#sentPerMs / 10) return null;
    return (this.#last.recordedBytes - this.#last.ackedBytes) / perMs;
  }
}
