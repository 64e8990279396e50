import { expect, test } from "vitest";
import { SteadyClock } from "@/lib/server/recordings/steady-clock";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function setUp() {
  const now = { wall: 1_800_000_000_000, monotonic: 5000 };
  const clock = new SteadyClock({ wallMs: () => now.wall, monotonicMs: () => now.monotonic });
  return {
    clock,
    pass(ms: number, leapMs = 0) {
      now.wall += ms + leapMs;
      now.monotonic += ms;
      clock.look();
    },
  };
}

test("time that passes for both clocks is steady, with the corrections of a time server", () => {
  const { clock, pass } = setUp();
  pass(MINUTE_MS, 500);
  pass(MINUTE_MS, -2000);
  expect([clock.steadyForMs, clock.hasLeapt]).toEqual([2 * MINUTE_MS, false]);
});

test.each([DAY_MS, -DAY_MS])("a leap of %d ms begins the waiting anew", (leapMs) => {
  const { clock, pass } = setUp();
  pass(90 * MINUTE_MS);
  pass(MINUTE_MS, leapMs);
  expect([clock.steadyForMs, clock.hasLeapt]).toEqual([0, true]);
  pass(MINUTE_MS);
  expect(clock.steadyForMs).toBe(MINUTE_MS);
});

test("a disturbance is no leap", () => {
  const { clock, pass } = setUp();
  pass(MINUTE_MS);
  clock.disturb();
  pass(1000);
  expect([clock.steadyForMs, clock.hasLeapt]).toEqual([1000, false]);
});
