import { expect, test } from "vitest";
import { PeakMeter } from "@/lib/media/waveform";

/** A second of sound at 8000 samples a second. */
function second(amplitude: number): Buffer {
  const bytes = Buffer.alloc(16_000);
  for (let sample = 0; sample < 8000; sample += 1) {
    bytes.writeInt16LE(sample % 2 === 0 ? amplitude : Math.min(32_767, -amplitude), sample * 2);
  }
  return bytes;
}

test("peaks are where the sound is loud, whatever pieces it comes in", () => {
  const sound = Buffer.concat([second(0), second(16_384), second(32_767)]);
  const whole = new PeakMeter(3000);
  whole.write(sound);
  const peaks = whole.finish();
  expect(peaks).toHaveLength(150);
  expect([peaks[10], peaks[75], peaks[149]]).toEqual([0, 128, 255]);

  const pieces = new PeakMeter(3000);
  for (let at = 0; at < sound.length; at += 333) pieces.write(sound.subarray(at, at + 333));
  expect(pieces.finish()).toEqual(peaks);
});

test("the least of all samples counts as full scale; what is beyond the end is left out", () => {
  const meter = new PeakMeter(1000);
  meter.write(second(-32_768));
  meter.write(second(32_767));
  expect(new Set(meter.finish())).toEqual(new Set([255]));
});

test("a long sound has no more peaks than can be drawn", () => {
  expect(new PeakMeter(8 * 3_600_000).finish()).toHaveLength(1200);
});
