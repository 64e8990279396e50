import { expect, test } from "vitest";
import { pictureAnalyzer } from "@/worker/snapshots/picture-analyzer";

const frame = (capturedMs: number, grey: number[]) => ({
  sequence: 1,
  capturedMs,
  jpeg: Buffer.alloc(0),
  width: grey.length,
  height: 1,
  grey: Uint8Array.from(grey),
});

test("motion is the share that changed, and noise is none", () => {
  const session = pictureAnalyzer.begin("one");
  expect(session.analyze(frame(0, [0, 0, 255, 255]))).toEqual({ motion: 0, brightness: 0.5, frozen: false });
  expect(session.analyze(frame(200, [3, 0, 252, 255]))).toMatchObject({ motion: 0 });
  expect(session.analyze(frame(400, [255, 0, 252, 255]))).toMatchObject({ motion: 0.25, brightness: 0.747 });
});

test("a picture that stays the same to the last pixel for three seconds has frozen", () => {
  const session = pictureAnalyzer.begin("one");
  const at = (ms: number, grey: number[]) => session.analyze(frame(ms, grey)) as { frozen: boolean };
  expect([0, 1000, 2900].map((ms) => at(ms, [9, 9]).frozen)).toEqual([false, false, false]);
  expect(at(3000, [9, 9]).frozen).toBe(true);
  expect(at(3200, [9, 10]).frozen).toBe(false);
});
