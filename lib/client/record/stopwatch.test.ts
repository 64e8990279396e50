import { expect, test } from "vitest";
import { Stopwatch } from "@/lib/client/record/stopwatch";

test("pauses do not count, and running or pausing twice changes nothing", () => {
  let now = 1000;
  const stopwatch = new Stopwatch(() => now);
  expect(stopwatch.elapsedMs).toBe(0);
  stopwatch.run();
  now += 300;
  stopwatch.run();
  expect(stopwatch.elapsedMs).toBe(300);
  stopwatch.pause();
  now += 5000;
  stopwatch.pause();
  expect(stopwatch.elapsedMs).toBe(300);
  stopwatch.run();
  now += 200;
  expect(stopwatch.elapsedMs).toBe(500);
});

test("what was recorded a moment ago grows to everything during a pause", () => {
  let now = 1000;
  const stopwatch = new Stopwatch(() => now);
  expect(stopwatch.elapsedMsBefore(250)).toBe(0);
  stopwatch.run();
  now += 100;
  expect(stopwatch.elapsedMsBefore(250)).toBe(0);
  now += 900;
  expect(stopwatch.elapsedMsBefore(250)).toBe(750);
  stopwatch.pause();
  expect(stopwatch.elapsedMsBefore(250)).toBe(750);
  now += 100;
  expect(stopwatch.elapsedMsBefore(250)).toBe(850);
  now += 900;
  expect(stopwatch.elapsedMsBefore(250)).toBe(1000);
});
