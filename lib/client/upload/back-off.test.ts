import { expect, test } from "vitest";
import { backOffMs } from "@/lib/client/upload/back-off";

test("pauses double from half a second to ten, half of each by chance", () => {
  const failures = [1, 2, 3, 4, 5, 6, 50];
  expect(failures.map((count) => backOffMs(count, 0))).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  expect(failures.map((count) => backOffMs(count, 1))).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});
