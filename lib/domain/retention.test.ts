/** When files of a recording may go. */
import { describe, expect, test } from "vitest";
import { type RetentionFacts, whenDue, whenRawTracksDue } from "@/lib/domain/retention";

const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
const defaults = { rawHours: 24, readyHours: 0 };
const facts = (overrides: Partial<RetentionFacts>): RetentionFacts => ({
  state: "ready",
  pinned: false,
  retentionHours: null,
  ownerRetentionHours: null,
  createdAt: at(0),
  stoppedAt: at(1),
  readyAt: at(2),
  ...overrides,
});

describe("a recording as a whole", () => {
  test.each([
    ["finished ones are kept by default", {}, null],
    ["finished ones go after the owner's period", { ownerRetentionHours: 10 }, at(12)],
    ["a period of its own comes first", { ownerRetentionHours: 10, retentionHours: 5 }, at(7)],
    ["never is a period too", { ownerRetentionHours: 10, retentionHours: 0 }, null],
    ["pinned ones stay", { ownerRetentionHours: 10, pinned: true }, null],
    ["failed ones go after the period of raw tracks", { state: "failed" }, at(25)],
    ["those never compiled too", { state: "stopped" }, at(25)],
    ["pinned ones stay even when they failed", { state: "failed", pinned: true }, null],
    ["live ones stay", { state: "recording", retentionHours: 1 }, null],
    ["ones being compiled stay", { state: "compiling", retentionHours: 1 }, null],
  ] as [string, Partial<RetentionFacts>, Date | null][])("%s", (_, overrides, expected) => {
    expect(whenDue(facts(overrides), defaults)).toEqual(expected);
  });
});

test("raw tracks go only once the file is there, pinned or not", () => {
  expect(whenRawTracksDue(facts({ pinned: true }), 24)).toEqual(at(26));
  expect(whenRawTracksDue(facts({ state: "failed" }), 24)).toBeNull();
  expect(whenRawTracksDue(facts({}), 0)).toBeNull();
});
