import { expect, test } from "vitest";
import { chaptersOf } from "@/components/recording/use-chapters";

const take = (number: number, fromMs: number | null) => ({ number, fromMs, startedAt: "", cause: null });

test("each take lasts to where the next begins", () => {
  expect(chaptersOf({ takes: [take(1, 0), take(2, 61_500), take(3, 90_061_000)], durationMs: 90_062_000 })).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:01:01.500\nTake 1\n\n00:01:01.500 --> 25:01:01.000\nTake 2\n\n" +
      "25:01:01.000 --> 25:01:02.000\nTake 3\n",
  );
});

test("one take has no chapters, nor have those of which it is not known where they begin", () => {
  expect(chaptersOf({ takes: [take(1, 0)], durationMs: 1000 })).toBeNull();
  expect(chaptersOf({ takes: [take(1, 0), take(2, null)], durationMs: 1000 })).toBeNull();
});
