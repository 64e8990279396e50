import { expect, test } from "vitest";
import { canvasSize, cornerLayout, middleSquare } from "@/lib/client/capture/corner";

test("the corner is a quarter of the shorter side, inside the picture, whatever its shape", () => {
  for (const [width, height] of [
    [1920, 1080],
    [1080, 1920],
    [801, 601],
  ] as const) {
    const { x, y, sizePx } = cornerLayout(width, height);
    expect(sizePx).toBe(Math.round(Math.min(width, height) / 4));
    expect(x + sizePx).toBeLessThan(width);
    expect(y + sizePx).toBeLessThan(height);
  }
});

test("a large screen is drawn smaller in the same shape, a small one as it is, both with even sides", () => {
  expect(canvasSize(2560, 1440)).toEqual({ width: 1920, height: 1080 });
  expect(canvasSize(1440, 2560)).toEqual({ width: 1080, height: 1920 });
  expect(canvasSize(1281, 801)).toEqual({ width: 1280, height: 800 });
});

test("the middle of the camera is what is seen", () => {
  expect(middleSquare(1280, 720)).toEqual({ x: 280, y: 0, sizePx: 720 });
  expect(middleSquare(480, 640)).toEqual({ x: 0, y: 80, sizePx: 480 });
});
