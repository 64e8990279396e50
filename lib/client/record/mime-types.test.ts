import { expect, test } from "vitest";
import { chooseMimeType } from "@/lib/client/record/mime-types";

const browserWith = (pattern: RegExp) => (mimeType: string) => pattern.test(mimeType);

test("H.264 comes before VP9, VP9 before VP8, and MP4 last", () => {
  expect(chooseMimeType("video", browserWith(/.*/))).toBe("video/webm;codecs=h264");
  expect(chooseMimeType("video", browserWith(/vp\d|mp4/))).toBe("video/webm;codecs=vp9");
  expect(chooseMimeType("video", browserWith(/vp8|mp4/))).toBe("video/webm;codecs=vp8");
  expect(chooseMimeType("video", browserWith(/mp4/))).toBe("video/mp4;codecs=avc1.42E01F");
});

test("sound is Opus in WebM wherever that exists", () => {
  expect(chooseMimeType("audio", browserWith(/.*/))).toBe("audio/webm;codecs=opus");
  expect(chooseMimeType("audio", browserWith(/mp4/))).toBe("audio/mp4;codecs=mp4a.40.2");
});

test("a browser that records nothing has no type", () => {
  expect(chooseMimeType("video", () => false)).toBeNull();
});
