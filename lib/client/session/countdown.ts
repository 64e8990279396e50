/** Counts whole seconds down to zero. */
export class Countdown {
  readonly #onTick: (leftS: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #resolve: () => void = () => {};
  /** Resolves at zero, or when it is ended before. */
  readonly done = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  /** @param onTick called at once, and whenever a second has passed */
  constructor(seconds: number, onTick: (leftS: number) => void) {
    this.#onTick = onTick;
    this.#tick(seconds);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#resolve();
  }

  #tick(leftS: number): void {
    this.#onTick(leftS);
    if (leftS === 0) this.#resolve();
    else this.#timer = setTimeout(() => this.#tick(leftS - 1), 1000);
  }
}
