import { expect, test } from "vitest";
import { backOffAfter, eventsBetween, MAX_ATTEMPTS } from "@/lib/domain/webhook-events";

test.each([
  [null, "recording", false, ["recording.started"]],
  ["recording", "stopped", false, ["recording.stopped"]],
  ["stopped", "compiling", false, []],
  ["compiling", "ready", true, ["recording.ready", "recording.gap"]],
  ["compiling", "failed", false, ["recording.failed"]],
  ["stopped", "recording", false, ["recording.started"]],
  // What happened while nobody looked is told as well.
  [null, "ready", false, ["recording.started", "recording.stopped", "recording.ready"]],
  ["recording", "failed", false, ["recording.stopped", "recording.failed"]],
])("from %s to %s", (announced, state, hasGaps, events) => {
  expect(eventsBetween(announced, state, hasGaps)).toEqual(events);
});

test("attempts come further and further apart, and end", () => {
  const waits = Array.from({ length: MAX_ATTEMPTS }, (_, index) => backOffAfter(index + 1));
  expect(waits[0]).toBe(10_000);
  expect(waits.at(-1)).toBeNull();
  for (const [index, wait] of waits.slice(1, -1).entries()) expect(Number(wait)).toBeGreaterThan(Number(waits[index]));
});
