/** How long the steps of a timeline are, counted by the millisecond: percentiles in constant memory. */

/** Longer steps count as this one. */
const LONGEST_MS = 2000;

export class StepHistogram {
  readonly #counts = new Uint32Array(LONGEST_MS + 1);
  count = 0;

  add(stepMs: number): void {
    const index = Math.min(Math.round(stepMs), LONGEST_MS);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.count += 1;
  }

  /** @param share 0.5: the median, in milliseconds; 0 when there are no steps */
  percentile(share: number): number {
    let seen = 0;
    for (let index = 0; index <= LONGEST_MS; index += 1) {
      seen += this.#counts[index] as number;
      if (this.count > 0 && seen >= share * this.count) return index;
    }
    return 0;
  }
}
