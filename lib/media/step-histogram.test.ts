import { expect, test } from "vitest";
import { StepHistogram } from "@/lib/media/step-histogram";

test("percentiles of steps, with longer ones counted as two seconds", () => {
  const histogram = new StepHistogram();
  expect(histogram.percentile(0.5)).toBe(0);
  for (const step of [60, 60.4, 59.6, 70, 3_600_000]) histogram.add(step);
  expect(histogram.percentile(0.5)).toBe(60);
  expect(histogram.percentile(0.8)).toBe(70);
  expect(histogram.percentile(1)).toBe(2000);
});
