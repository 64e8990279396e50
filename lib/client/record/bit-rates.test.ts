import { expect, test } from "vitest";
import { videoBitsPerSecond } from "@/lib/client/record/bit-rates";

const H264 = "video/webm;codecs=h264";

test("720p30 in H.264 is asked for at 5 Mb/s, other codecs at 2.7", () => {
  const picture = { widthPx: 1280, heightPx: 720, framesPerSecond: 30 };
  expect(videoBitsPerSecond(H264, picture)).toBe(5_000_000);
  expect(videoBitsPerSecond("video/webm;codecs=vp8", picture)).toBe(2_700_000);
});

test("larger pictures get more, but less than in proportion, within bounds", () => {
  const fullHd = videoBitsPerSecond(H264, { widthPx: 1920, heightPx: 1080, framesPerSecond: 30 });
  expect(fullHd).toBeGreaterThan(5_000_000);
  expect(fullHd).toBeLessThan(5_000_000 * 2.25);
  expect(videoBitsPerSecond(H264, { widthPx: 7680, heightPx: 4320, framesPerSecond: 60 })).toBe(20_000_000);
  expect(videoBitsPerSecond(H264, { widthPx: 160, heightPx: 90, framesPerSecond: 15 })).toBe(1_000_000);
});

test("a picture of unknown size is taken for 720p30", () => {
  expect(videoBitsPerSecond(H264, { framesPerSecond: 0 })).toBe(5_000_000);
});
