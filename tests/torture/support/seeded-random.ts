/** Random numbers that can be had again: the same seed gives the same run, as far as the machine's timing lets it. */

export class SeededRandom {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** The seed a user named, or one of the clock's. @throws when it is no whole number */
  static from(text: string | undefined): SeededRandom {
    const seed = text === undefined ? Date.now() % 2 ** 31 : Number(text);
    if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed must be a whole number, not "${text}"`);
    return new SeededRandom(seed);
  }

  /** In [0, 1); mulberry32, which is enough for choosing instants and messages. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)] as T;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at += 4) {
      const word = Math.floor(this.next() * 2 ** 32);
      for (let i = at; i < Math.min(at + 4, length); i += 1) bytes[i] = word >>> ((i - at) * 8);
    }
    return bytes;
  }

  /** A generator of its own, so that what one part draws does not shift what another gets. */
  fork(): SeededRandom {
    return new SeededRandom(this.between(0, 2 ** 31));
  }
}
