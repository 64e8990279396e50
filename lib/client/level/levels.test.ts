import { expect, test } from "vitest";
import { levelInWords, levelOf, meterFraction, SilenceWatch } from "@/lib/client/level/levels";

test("a full-scale sine has a peak of 0 dBFS and a root mean square of −3", () => {
  const { rmsDb, peakDb } = levelOf(Float32Array.from({ length: 4800 }, (_, i) => Math.sin((i * Math.PI) / 24)));
  expect(peakDb).toBeCloseTo(0, 1);
  expect(rmsDb).toBeCloseTo(-3.01, 1);
});

test("silence is −∞ dBFS, at the very left of the meter", () => {
  const { rmsDb } = levelOf(new Float32Array(128));
  expect(rmsDb).toBe(-Infinity);
  expect(meterFraction(rmsDb)).toBe(0);
  expect(meterFraction(-30)).toBe(0.5);
  expect(meterFraction(3)).toBe(1);
});

test("a level has words for those who do not see the meter", () => {
  const words = (rmsDb: number, peakDb = rmsDb + 6) => levelInWords({ rmsDb, peakDb });
  expect([words(-80), words(-50), words(-25), words(-9), words(-6, 0)]).toEqual([
    "no sound",
    "very quiet",
    "good",
    "loud",
    "too loud",
  ]);
});

test("a microphone is silent after five seconds without a sound, and not any more with the first one", () => {
  const watch = new SilenceWatch();
  expect(watch.hear(-70, 0)).toBe(false);
  expect(watch.hear(-70, 4900)).toBe(false);
  expect(watch.hear(-70, 5000)).toBe(true);
  expect(watch.hear(-50, 5200)).toBe(false);
  expect(watch.hear(-70, 5400)).toBe(false);
});

test("time before a reset does not count as silence", () => {
  const watch = new SilenceWatch();
  watch.hear(-Infinity, 0);
  watch.reset();
  expect(watch.hear(-Infinity, 6000)).toBe(false);
});
