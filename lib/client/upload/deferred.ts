/** A promise and what resolves it: `Promise.withResolvers` for browsers before 2024. */
export class Deferred {
  #resolve: () => void = () => {};
  readonly promise = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  readonly resolve = (): void => this.#resolve();
}
