import { expect, test } from "vitest";
import { parseProgressLine } from "@/lib/media/ffmpeg-progress";

test("the written time is read, in milliseconds; nothing else is", () => {
  expect(parseProgressLine("out_time_us=1234567\n")).toBeCloseTo(1234.567);
  expect(parseProgressLine("out_time_us=-23220")).toBe(0);
  for (const line of ["out_time_us=N/A", "out_time_ms=5", "frame=12", "progress=end", ""]) {
    expect(parseProgressLine(line)).toBeNull();
  }
});
