import { expect, test } from "vitest";
import { LeapFinder, TICK_MS } from "@/lib/client/session/leap-finder";

test("ticks that are late are not a sleep", () => {
  const finder = new LeapFinder(0);
  expect([TICK_MS, TICK_MS + 2000, TICK_MS + 5900].map((nowMs) => finder.tick(nowMs))).toEqual([null, null, null]);
});

test("time that passed unnoticed is found, once", () => {
  const finder = new LeapFinder(0);
  expect(finder.tick(60_000 + TICK_MS)).toBe(60_000);
  expect(finder.tick(60_000 + 2 * TICK_MS)).toBeNull();
});

test("a clock that is set back is not a sleep", () => {
  const finder = new LeapFinder(1e12);
  expect(finder.tick(1e12 - 3_600_000)).toBeNull();
  expect(finder.tick(1e12 - 3_600_000 + TICK_MS)).toBeNull();
});
