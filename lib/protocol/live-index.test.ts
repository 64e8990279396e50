import { expect, it } from "vitest";
import { liveHeader, liveSegment } from "@/lib/protocol/live-index";

const header = {
  version: 1,
  filename: "live-0123abcd.mp4",
  video: null,
  audio: { codec: "mp4a.40.2", configuration: "EZA=", channels: 2, timescale: 48_000, startTicks: 0 },
};
const segment = {
  offsetBytes: 5000,
  lengthBytes: 1230,
  durationMs: 67,
  video: { firstTicks: 2 ** 33, durationsTicks: [2970, 3060], sizesBytes: [1000, 200], keyframes: [0] },
  audio: { firstTicks: 96_000, sizesBytes: [10, 20] },
};

it("takes a header and a segment", () => {
  expect(liveHeader.parse(header)).toEqual(header);
  expect(liveSegment.parse(segment)).toEqual(segment);
});

it("takes no file but one that following gives", () => {
  expect(liveHeader.safeParse({ ...header, filename: "../secret.mp4" }).success).toBe(false);
});
