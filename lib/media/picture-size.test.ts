import { expect, test } from "vitest";
import { outputSize } from "@/lib/media/picture-size";

test.each([
  [1280, 720, 0, 1280, 720],
  [853, 479, 0, 852, 478],
  [1, 1, 0, 2, 2],
  [1920, 1080, 1280, 1280, 720],
  [1080, 1920, 1280, 720, 1280],
  [1280, 720, 1920, 1280, 720],
  [1366, 768, 1000, 1000, 562],
])("%i x %i with a longest side of %i becomes %i x %i", (width, height, longest, outWidth, outHeight) => {
  expect(outputSize({ width, height }, longest)).toEqual({ width: outWidth, height: outHeight });
});
