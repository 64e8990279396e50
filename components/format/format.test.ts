import { expect, test } from "vitest";
import { formatBytes } from "@/components/format/bytes";
import { formatDate, formatRelative } from "@/components/format/date";
import { count, formatClock, formatDuration, formatEstimate, formatPeriod } from "@/components/format/duration";

test("a clock has seconds of two digits, and hours only when there are some", () => {
  expect([0, 999, 7_000, 725_999, 3_600_000, 45_296_000].map(formatClock)).toEqual([
    "0:00",
    "0:00",
    "0:07",
    "12:05",
    "1:00:00",
    "12:34:56",
  ]);
});

test("a duration in words leaves out what is zero, and seconds from an hour on", () => {
  expect([0, 1_000, 60_000, 725_000, 3_600_000, 3_753_000].map(formatDuration)).toEqual([
    "0 seconds",
    "1 second",
    "1 minute",
    "12 minutes 5 seconds",
    "1 hour",
    "1 hour 2 minutes",
  ]);
});

test("an estimate gets coarser the longer it is", () => {
  expect([0, 7_000, 38_000, 54_400, 170_000, 7_000_000].map(formatEstimate)).toEqual([
    "a few seconds",
    "a few seconds",
    "about 40 seconds",
    "about 55 seconds",
    "about 3 minutes",
    "about 2 hours",
  ]);
});

test("a period is named in the largest unit that fits it", () => {
  expect([1, 6, 24, 36, 720, 8760].map(formatPeriod)).toEqual([
    "1 hour",
    "6 hours",
    "1 day",
    "36 hours",
    "30 days",
    "1 year",
  ]);
  expect(count(1, "recording")).toBe("1 recording");
});

test("sizes are decimal, and never say 1000 of a unit", () => {
  expect([0, 1, 999, 1000, 312_400, 999_600, 4_210_000, 999_960_000, 1_238_000_000].map(formatBytes)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1 kB",
    "312 kB",
    "1 MB",
    "4.2 MB",
    "1 GB",
    "1.24 GB",
  ]);
});

test("what is near is told from now, what is far by its date", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const at = (offsetMs: number) => formatRelative(new Date(now + offsetMs), now);
  expect(at(-10_000)).toBe("just now");
  expect(at(10_000)).toBe("in a moment");
  expect(at(-5 * 60_000)).toBe("5 minutes ago");
  expect(at(-3 * 3_600_000)).toBe("3 hours ago");
  expect(at(-24 * 3_600_000)).toBe("yesterday");
  expect(at(3 * 86_400_000)).toBe("in 3 days");
  expect(at(-40 * 86_400_000)).toBe("12 Oct 2026");
  expect(formatDate(new Date("2026-11-21T23:30:00Z"), "Asia/Tokyo")).toBe("22 Nov 2026");
});
