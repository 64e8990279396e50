/**
 * When each picture is decoded, from when it is shown. RTP carries only the latter. Of pictures that may be reordered by n,
 * one is decoded when the n-th before it, in the order of showing, is shown: never later than itself, always after the one
 * before. It is what muxers do that are given no DTS; no picture has to be waited for.
 */

/** Of a sender that does not say how far it reorders: enough for the usual three B pictures in a pyramid. */
const UNKNOWN_DELAY = 2;
/** Assumed between pictures before there are two, in ticks of 90 kHz: 30 a second. */
const FIRST_STEP = 3000;

export class DecodeOrder {
  readonly #shown: number[];
  #last = Number.NEGATIVE_INFINITY;

  /** @param reorder from the parameter set; null: it does not say */
  constructor(reorder: number | null) {
    this.#shown = new Array((reorder ?? UNKNOWN_DELAY) + 1).fill(Number.NaN);
  }

  /** @param pts of the next picture in the order of decoding; @returns its DTS, greater than the one before */
  next(pts: number): number {
    const shown = this.#shown;
    shown[0] = pts;
    for (let index = 1; index < shown.length; index += 1) {
      if (Number.isNaN(shown[index])) shown[index] = pts + (index - shown.length) * FIRST_STEP;
    }
    for (let index = 0; index + 1 < shown.length; index += 1) {
      const [one, other] = [shown[index] as number, shown[index + 1] as number];
      if (one <= other) break;
      shown[index] = other;
      shown[index + 1] = one;
    }
    // A sender that reorders further than it says, or repeats a time, still gets an order.
    this.#last = Math.max(shown[0] as number, this.#last + 1);
    return this.#last;
  }
}
