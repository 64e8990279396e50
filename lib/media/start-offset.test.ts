import { expect, test } from "vitest";
import { estimateStartOffset } from "@/lib/media/start-offset";
import type { TrackReport } from "@/lib/media/track-timeline";

function track(deliveryMs: number | null, stepMs: number, firstMs = 0): TrackReport {
  return {
    blocks: 9,
    firstMs,
    lastMs: 9000,
    endMs: 9000 + stepMs,
    stepMs,
    deliveryMs,
    gaps: [],
    holes: [],
    leaps: [],
    leftOut: 0,
  };
}

test("what the envelopes differ by, a packet of sound and the browser's constant", () => {
  // Figures of a capture whose content says 28.6 ms: 377.3 - (432.7 - 60) + 20.
  expect(estimateStartOffset(track(377.3, 33), track(432.7, 60), 20)).toBeCloseTo(24.6, 6);
});

test("the first blocks count, not the zeros of the files", () => {
  expect(estimateStartOffset(track(400, 33, 100), track(460, 60, 40), 0)).toBe(60);
});

test("without a clock for both, or with clocks half a minute apart, it is not known", () => {
  expect(estimateStartOffset(track(null, 33), track(400, 60), 20)).toBeNull();
  expect(estimateStartOffset(track(400, 33), track(null, 60), 20)).toBeNull();
  expect(estimateStartOffset(track(40_000, 33), track(400, 60), 20)).toBeNull();
});
