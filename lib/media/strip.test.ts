import { expect, test } from "vitest";
import { planStrip, stripCues } from "@/lib/media/strip";

const HD = { width: 1280, height: 720 };

test("a short recording has a thumbnail a second, a long one at most 150", () => {
  expect(planStrip(HD, 10_000)).toMatchObject({ intervalMs: 1000, tiles: 10, columns: 10, rows: 1 });
  const day = planStrip(HD, 8 * 3_600_000);
  expect(day).toMatchObject({ intervalMs: 192_000, tiles: 150, columns: 10, rows: 15 });
  expect(planStrip({ width: 720, height: 1280 }, 400).tile).toEqual({ width: 90, height: 160 });
});

test("cues follow one another without a hole, up to the end, each with its place", () => {
  const plan = planStrip(HD, 12_345);
  const text = stripCues(plan, 12_345, "strip");
  expect(text).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:01\.000\nstrip#xywh=0,0,160,90\n\n/);
  expect(text).toContain("00:00:12.000 --> 00:00:12.345\nstrip#xywh=320,90,160,90\n");
  expect(text.match(/-->/g)).toHaveLength(13);
});

test("after an hour the cues count hours", () => {
  const plan = planStrip(HD, 3 * 3_600_000);
  expect(stripCues(plan, 3 * 3_600_000, "strip")).toContain("--> 03:00:00.000");
});
