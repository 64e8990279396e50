/** What can be told of a small grey picture without knowing what is on it. */

/** Rows of one byte a pixel, 0 black to 255 white. */
export interface GreyPicture {
  width: number;
  height: number;
  grey: Uint8Array;
}

/** A camera's noise, and what JPEG does to it, stay below this on a picture that was made small. */
const NOISE = 8;

/** Mean, 0 to 1. */
export function brightnessOf({ grey }: GreyPicture): number {
  let sum = 0;
  for (const value of grey) sum += value;
  return grey.length === 0 ? 0 : sum / grey.length / 255;
}

/** Share of the pixels that differ by more than noise, 0 to 1; 1 when the two are not of one size. */
export function changeBetween(before: GreyPicture, after: GreyPicture): number {
  if (before.grey.length !== after.grey.length || before.width !== after.width) return 1;
  if (after.grey.length === 0) return 0;
  let changed = 0;
  for (const [index, value] of after.grey.entries()) {
    if (Math.abs(value - (before.grey[index] as number)) > NOISE) changed += 1;
  }
  return changed / after.grey.length;
}

/** Whether the two are the same to the last pixel: a living camera's never are. */
export function isSame(before: GreyPicture, after: GreyPicture): boolean {
  return Buffer.compare(before.grey, after.grey) === 0;
}
