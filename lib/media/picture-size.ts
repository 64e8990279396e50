/** The size of the compiled picture: even, not above the longest side that was asked for, never larger than recorded. */

export interface PictureSize {
  width: number;
  height: number;
}

/**
 * H.264 in 4:2:0 has even sizes only; an odd row or column at the edge is given up.
 *
 * @param recorded size of the first picture, in pixels
 * @param longestSidePx 0: as recorded
 */
export function outputSize({ width, height }: PictureSize, longestSidePx: number): PictureSize {
  const longest = Math.max(width, height);
  const scale = longestSidePx > 0 && longestSidePx < longest ? longestSidePx / longest : 1;
  return { width: toEven(width * scale), height: toEven(height * scale) };
}

function toEven(pixels: number): number {
  return Math.max(2, Math.floor(pixels / 2) * 2);
}
