import { expect, test } from "vitest";
import { placeTakes, type TakeSpan } from "@/lib/domain/take-timeline";

const HOUR_MS = 3_600_000;
const hold = { mode: "hold", maxDurationMs: 48 * HOUR_MS } as const;

const take = (startedAtMs: number, durationMs: number, more: Partial<TakeSpan> = {}): TakeSpan => ({
  startedAtMs,
  sourceStartedAtMs: null,
  durationMs,
  elapsedMs: durationMs,
  ...more,
});

test("what went by between two takes is held, so that the time of day stays right", () => {
  expect(placeTakes([take(0, 20_000), take(32_000, 5000), take(40_000, 1000)], hold)).toEqual([
    { fromMs: 0, heldMs: 0, missingMs: 0 },
    { fromMs: 32_000, heldMs: 12_000, missingMs: 12_000 },
    { fromMs: 40_000, heldMs: 3000, missingMs: 3000 },
  ]);
});

test("cut out, it takes no time, and is known all the same", () => {
  expect(placeTakes([take(0, 20_000), take(32_000, 5000)], { ...hold, mode: "cut" })[1]).toEqual({
    fromMs: 20_000,
    heldMs: 0,
    missingMs: 12_000,
  });
});

test("the source's clock is used where both takes have it and it agrees with the server's, to minutes", () => {
  const gap = (sourceMs: number | null) =>
    placeTakes(
      [take(0, 20_000, { sourceStartedAtMs: 1000 }), take(32_000, 1, { sourceStartedAtMs: sourceMs })],
      hold,
    )[1]?.missingMs;
  expect(gap(34_500)).toBe(13_500);
  expect(gap(null)).toBe(12_000);
  // Set forward by a day, and back.
  expect(gap(34_500 + 24 * HOUR_MS)).toBe(12_000);
  expect(gap(34_500 - 24 * HOUR_MS)).toBe(12_000);
});

test("a pause is no gap, and takes that seem to overlap follow one another", () => {
  expect(placeTakes([take(0, 20_000, { elapsedMs: 30_000 }), take(32_000, 1)], hold)[1]).toMatchObject({
    fromMs: 22_000,
    missingMs: 2000,
  });
  expect(placeTakes([take(0, 20_000), take(15_000, 1)], hold)[1]).toEqual({ fromMs: 20_000, heldMs: 0, missingMs: 0 });
});

test("gaps that would make the recording too long are shortened, the longest first", () => {
  const takes = [take(0, 1000), take(2000, 1000), take(203_000, 1000), take(604_000, 1000)];
  const placed = placeTakes(takes, { mode: "hold", maxDurationMs: 105_000 });
  expect(placed.map(({ missingMs }) => missingMs)).toEqual([0, 1000, 200_000, 400_000]);
  expect(placed.map(({ heldMs }) => heldMs)).toEqual([0, 1000, 50_000, 50_000]);
  expect((placed.at(-1)?.fromMs as number) + 1000).toBe(105_000);
});

test("where there is no room at all nothing is held", () => {
  const placed = placeTakes([take(0, 1000), take(9000, 1000)], { mode: "hold", maxDurationMs: 2000 });
  expect(placed[1]).toEqual({ fromMs: 1000, heldMs: 0, missingMs: 8000 });
});
