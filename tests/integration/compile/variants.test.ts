/** What other browsers record, and what the settings change. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { DEFAULT_COMPILE_SETTINGS } from "@/lib/domain/compile-settings";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { addRecording, chunksOf, type RecordingContent } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import {
  createMediaMaker,
  FRAGMENTED,
  H264,
  type MediaMaker,
  picture,
  tone,
} from "@/tests/integration/compile/made-media";
import {
  audioOf,
  decodingErrors,
  pictureTimesMs,
  probeFile,
  soundOf,
  soundShiftMs,
  videoOf,
} from "@/tests/integration/compile/media-facts";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

let services: TestServices;
let worker: RunningWorker;
let media: MediaMaker;
let userId: string;

beforeAll(async () => {
  services = await openTestServices({ COMPILE_CONCURRENCY: "2" });
  worker = await startWorker(services);
  media = await createMediaMaker();
  ({ userId } = await addUser(services));
});

afterAll(async () => {
  await worker.close();
  await services.dispose();
  await media.dispose();
});

async function compile(content: RecordingContent): Promise<RecordingWithParts> {
  const recording = await reach(services, await addRecording(services, userId, content));
  expect(recording).toMatchObject({ state: "ready", failureMessage: null });
  expect(decodingErrors(mp4Of(services, recording))).toBe("");
  return recording;
}

test("one file with picture and sound, the picture 47 ms later, keeps them together and both begin at 0", async () => {
  const captures = path.resolve("tests/fixtures/captures/c20_h264_250");
  const both = media.make(
    "both.mkv",
    ...["-t", "6", "-itsoffset", "0.047", "-i", path.join(captures, "video.mkv"), "-t", "6"],
    ...["-i", path.join(captures, "audio.webm"), "-map", "0:v", "-map", "1:a", "-c", "copy"],
  );
  const recording = await compile({ video: readFileSync(both) });
  const mp4 = mp4Of(services, recording);
  expect(recording.gaps).toEqual([]);
  expect(probeFile(mp4).streams.map(({ codec_name, start_time }) => [codec_name, Number(start_time)])).toEqual([
    ["h264", 0],
    ["aac", 0],
  ]);
  expect(pictureTimesMs(mp4)).toHaveLength(pictureTimesMs(both).length);
  const shiftMs = soundShiftMs(soundOf(path.join(captures, "audio.webm")).subarray(0, 6 * 4000), soundOf(mp4), 200);
  // Cut by whole milliseconds, measured by quarters of one.
  expect(Math.abs(shiftMs + 47)).toBeLessThanOrEqual(2);
});

test("H.264 and AAC in fragmented MP4, as Safari records, are both copied", async () => {
  const video = media.bytes("v.mp4", ...picture("640x360", 3), ...H264, ...FRAGMENTED);
  const audioFile = media.make("a.mp4", ...tone(3), "-c:a", "aac", ...FRAGMENTED);
  const mp4 = mp4Of(services, await compile({ video, audio: readFileSync(audioFile) }));
  expect(videoOf(mp4)).toMatchObject({ profile: "Constrained Baseline", nb_read_packets: "75" });
  expect(audioOf(mp4)?.nb_read_packets).toBe(audioOf(audioFile)?.nb_read_packets);
});

test("a picture on its side is turned upright", async () => {
  const flat = media.make("flat.mp4", ...picture("640x360", 2), ...H264);
  const video = media.bytes("turned.mp4", "-i", flat, "-c", "copy", "-metadata:s:v:0", "rotate=90");
  const recording = await compile({ video });
  expect(recording).toMatchObject({ width: 360, height: 640 });
  expect(videoOf(mp4Of(services, recording))).toMatchObject({ width: 360, height: 640 });
});

test("H.264 that changes its size is encoded in its first one, with every frame", async () => {
  const parts = ["320x240", "640x360"].map((size) =>
    media.bytes(`${size}.h264`, ...picture(size, 2), ...H264, "-f", "h264"),
  );
  const stream = path.join(media.folder, "joined.h264");
  await import("node:fs/promises").then((fs) => fs.writeFile(stream, Buffer.concat(parts)));
  const video = media.bytes("joined.mkv", "-framerate", "25", "-f", "h264", "-i", stream, "-c", "copy");
  const mp4 = mp4Of(services, await compile({ video }));
  expect(videoOf(mp4)).toMatchObject({ width: 320, height: 240, profile: "High", nb_read_packets: "100" });
});

test("H.264 of an odd kind, 4:4:4, is encoded so that everybody can play it", async () => {
  const video = media.bytes(
    "444.mkv",
    ...picture("320x240", 1),
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv444p",
  );
  expect(videoOf(mp4Of(services, await compile({ video })))).toMatchObject({ pix_fmt: "yuv420p", profile: "High" });
});

test.each(["libvpx-vp9", "libaom-av1"])("what %s made is encoded", async (codec) => {
  const args = ["-c:v", codec, "-b:v", "300k", "-cpu-used", "8", "-row-mt", "1"];
  const video = media.bytes(`${codec}.webm`, ...picture("320x180", 1), ...args);
  expect(videoOf(mp4Of(services, await compile({ video })))).toMatchObject({
    codec_name: "h264",
    nb_read_packets: "25",
  });
});

async function compileWith(settings: Partial<CompileSettings>, content: RecordingContent): Promise<string> {
  await services.database.user.update({
    where: { id: userId },
    data: { compileSettings: JSON.stringify({ ...DEFAULT_COMPILE_SETTINGS, ...settings }) },
  });
  return mp4Of(services, await compile(content));
}

test("the settings decide size, quality and the bit rate of the sound", async () => {
  const video = chunksOf("sp_odd_vp8", "video");
  const plain = await compileWith({}, { video });
  const small = await compileWith({ longestSidePx: 426 }, { video });
  expect(videoOf(small)).toMatchObject({ width: 426, height: 238 });
  const coarse = await compileWith({ crf: 40 }, { video });
  expect(readFileSync(coarse).length).toBeLessThan(readFileSync(plain).length * 0.7);

  const audio = chunksOf("sp_odd_vp8", "audio");
  const thin = await compileWith({ audioBitrateBps: 32_000 }, { audio });
  const thick = await compileWith({ audioBitrateBps: 192_000 }, { audio });
  expect(readFileSync(thin).length).toBeLessThan(readFileSync(thick).length * 0.5);
});

test("H.264 is encoded when it is to become smaller, else copied as it is", async () => {
  const video = media.bytes("v2.mkv", ...picture("640x360", 1), ...H264);
  expect(videoOf(await compileWith({ longestSidePx: 320 }, { video }))).toMatchObject({ width: 320, height: 180 });
  expect(videoOf(await compileWith({ longestSidePx: 640 }, { video }))?.profile).toBe("Constrained Baseline");
});
