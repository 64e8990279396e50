/** Which snapshots still wait for what the analyzer says of them: each gets one reply, in order, at the latest in time. */

/** A page that shows a result later than this shows yesterday's news. */
const PATIENCE_MS = 2000;

export class ReplyBook {
  readonly #reply: (sequence: number, detection: Record<string, unknown> | null) => void;
  readonly #waiting = new Map<number, NodeJS.Timeout>();

  constructor(reply: (sequence: number, detection: Record<string, unknown> | null) => void) {
    this.#reply = reply;
  }

  /** @param isSent false: nobody looks at it, and the reply goes at once */
  expect(sequence: number, isSent: boolean): void {
    if (!isSent) this.#reply(sequence, null);
    else
      this.#waiting.set(
        sequence,
        setTimeout(() => this.#answer(sequence, null), PATIENCE_MS),
      );
  }

  /** The analyzer takes the newest: those before it were left out. */
  settle(sequence: number, detection: Record<string, unknown>): void {
    for (const waiting of [...this.#waiting.keys()]) {
      if (waiting < sequence) this.#answer(waiting, null);
    }
    this.#answer(sequence, detection);
  }

  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #answer(sequence: number, detection: Record<string, unknown> | null): void {
    const timer = this.#waiting.get(sequence);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#waiting.delete(sequence);
    this.#reply(sequence, detection);
  }
}
