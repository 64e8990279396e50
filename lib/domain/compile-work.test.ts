import { expect, it } from "vitest";
import { compileWorkSeconds, LONG_WORK_SECONDS } from "@/lib/domain/compile-work";

const recorded = (seconds: number, ...mimeTypes: string[]) => ({
  createdAt: new Date(0),
  stoppedAt: new Date(seconds * 1000),
  tracks: mimeTypes.map((mimeType) => ({ kind: mimeType.split("/")[0] as string, mimeType })),
});

it("is long for hours that are to be encoded, and short for hours that are copied", () => {
  const encoded = compileWorkSeconds(recorded(3600, "video/webm;codecs=vp8", "audio/webm;codecs=opus"));
  const copied = compileWorkSeconds(recorded(2700, "video/x-matroska;codecs=avc1.64001f", "audio/webm;codecs=opus"));
  expect(encoded).toBeGreaterThan(LONG_WORK_SECONDS);
  expect(copied).toBeLessThan(LONG_WORK_SECONDS);
  expect(compileWorkSeconds(recorded(3600, "audio/webm;codecs=opus"))).toBe(compileWorkSeconds(recorded(3600)));
});

it("grows with the recording, and is never nothing", () => {
  const of = (seconds: number) => compileWorkSeconds(recorded(seconds, "video/webm;codecs=vp9"));
  expect(of(20)).toBeLessThan(of(30));
  expect(of(0)).toBeGreaterThan(0);
  expect(compileWorkSeconds({ ...recorded(5), stoppedAt: null })).toBeGreaterThan(0);
});
