/** Keeps the screen on. Browsers take the lock away whenever the page is hidden, so it is asked for again. */
export class WakeLock {
  #sentinel: WakeLockSentinel | null = null;
  #isWanted = false;
  readonly #onVisible = () => void this.#request();

  hold(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    document.addEventListener("visibilitychange", this.#onVisible);
    void this.#request();
  }

  release(): void {
    this.#isWanted = false;
    document.removeEventListener("visibilitychange", this.#onVisible);
    void this.#sentinel?.release().catch(() => {});
    this.#sentinel = null;
  }

  async #request(): Promise<void> {
    if (!this.#isWanted || document.visibilityState !== "visible") return;
    try {
      const sentinel = await navigator.wakeLock?.request("screen");
      if (sentinel === undefined) return;
      if (this.#isWanted) this.#sentinel = sentinel;
      else void sentinel.release();
    } catch {
      // A battery that is low, or a browser without: the recording does not depend on it.
    }
  }
}
