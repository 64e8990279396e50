import { expect, test } from "vitest";
import { parseTime, writeTime } from "@/components/format/time-of-media";

test.each([
  [0, "0:00"],
  [7_000, "0:07"],
  [725_250, "12:05.25"],
  [3_753_000, "1:02:33"],
])("%d ms is written and read as %s", (ms, text) => {
  expect(writeTime(ms)).toBe(text);
  expect(parseTime(text)).toBe(ms);
});

test.each([
  ["90", 90_000],
  [" 7,5 ", 7500],
  ["1:5", 65_000],
  ["", null],
  ["1:", null],
  ["soon", null],
])("%j is read as %s", (text, ms) => expect(parseTime(text)).toBe(ms));
