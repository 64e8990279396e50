/** The check that stands between a compiled file and the removal of its raw tracks finds what is wrong. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "@/lib/server/config/load";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import { createMediaMaker, H264, type MediaMaker, picture, tone } from "@/tests/integration/compile/made-media";
import { checkOutput, type Expectation } from "@/worker/compile/check-output";
import type { CompileContext } from "@/worker/compile/compile-context";
import { ProgressMeter } from "@/worker/compile/progress-meter";

let media: MediaMaker;
let context: CompileContext;
let good: string;

const EXPECTED: Expectation = {
  video: { durationMs: 4000, frames: 100, stepMs: 40, size: { width: 320, height: 240 } },
  audio: { durationMs: 4000 },
};

beforeAll(async () => {
  media = await createMediaMaker();
  good = media.make("good.mp4", ...picture("320x240", 4), ...tone(4), ...H264, "-c:a", "aac");
  const config = loadConfig({ DATA_DIR: media.folder, RECORDINGS_DIR: media.folder });
  context = {
    config,
    log: pino({ level: "silent" }),
    ffmpeg: ffmpegOf(config, 1),
    threads: 1,
    inputLimits: { maxPixels: 1_000_000, maxDurationSeconds: 3600 },
    signal: new AbortController().signal,
    progress: new ProgressMeter(() => {}),
    workFolder: media.folder,
  };
});

afterAll(async () => {
  await media.dispose();
});

test("a file that is as expected passes, with its size and duration", async () => {
  const checked = await checkOutput(context, good, EXPECTED);
  expect(checked.sizeBytes).toBe(readFileSync(good).length);
  expect(Math.abs(checked.durationMs - 4000)).toBeLessThan(50);
});

const failing = (file: string, expected: Expectation) => checkOutput(context, file, expected).catch((error) => error);

test.each<[string, Expectation, RegExp]>([
  ["a stream too many", { ...EXPECTED, audio: null }, /2 streams instead of 1/],
  ["another length of the picture", { ...EXPECTED, video: { ...EXPECTED.video!, durationMs: 5000 } }, /picture lasts/],
  ["another length of the sound", { ...EXPECTED, audio: { durationMs: 3500 } }, /sound lasts/],
  ["frames lost", { ...EXPECTED, video: { ...EXPECTED.video!, frames: 150 } }, /100 frames of 150/],
  ["another size", { ...EXPECTED, video: { ...EXPECTED.video!, size: { width: 640, height: 480 } } }, /320x240/],
])("%s is found", async (_, expected, detail) => {
  const error = await failing(good, expected);
  expect(error).toMatchObject({ kind: "internal", code: "check_failed" });
  expect(error.detail).toMatch(detail);
});

test("a file without sound, and one of another codec, are found", async () => {
  const silent = media.make("silent.mp4", "-i", good, "-an", "-c", "copy");
  expect((await failing(silent, EXPECTED)).detail).toMatch(/1 streams instead of 2[\s\S]*audio is undefined/);
  const other = media.make(
    "other.mp4",
    "-i",
    good,
    "-c:v",
    "libvpx-vp9",
    "-b:v",
    "200k",
    "-cpu-used",
    "8",
    "-c:a",
    "copy",
  );
  expect((await failing(other, EXPECTED)).detail).toMatch(/video is vp9/);
});

test("a file whose picture is damaged is found by decoding it", async () => {
  const bytes = readFileSync(good);
  const broken = path.join(media.folder, "broken.mp4");
  const at = bytes.indexOf("mdat") + 4000;
  bytes.fill(0xa5, at, at + 3000);
  writeFileSync(broken, bytes);
  const error = await failing(broken, EXPECTED);
  expect(error).toMatchObject({ code: "check_failed" });
  expect(error.detail).toMatch(/does not decode/);
});

test("of more than ten minutes the key frames, the beginning and the end are decoded", async () => {
  const seconds = 620;
  const still = [
    "-f",
    "lavfi",
    "-i",
    `testsrc2=s=64x48:r=5:d=${seconds}`,
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-g",
    "50",
  ];
  const long = media.make("long.mp4", ...still);
  const expected: Expectation = {
    video: { durationMs: seconds * 1000, frames: seconds * 5, stepMs: 200, size: { width: 64, height: 48 } },
    audio: null,
  };
  await expect(checkOutput(context, long, expected)).resolves.toMatchObject({ durationMs: seconds * 1000 });

  const bytes = readFileSync(long);
  const mediaAt = bytes.indexOf("mdat") + 4;
  const damage = (name: string, from: number) => {
    const copy = Buffer.from(bytes);
    copy.fill(0xa5, from, from + 400);
    const file = path.join(media.folder, name);
    writeFileSync(file, copy);
    return failing(file, expected);
  };
  expect((await damage("begins-badly.mp4", mediaAt + 300)).detail).toMatch(/does not decode/);
  const mediaEnd = bytes.lastIndexOf("moov") - 4;
  expect((await damage("ends-badly.mp4", mediaEnd - 1500)).detail).toMatch(/does not decode/);
});
