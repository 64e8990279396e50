/** Every capture of a real browser compiles to an MP4 that is what was recorded. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { addRecording, captureContent } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import {
  decodingErrors,
  expectSameTimes,
  pictureTimesMs,
  probeFile,
  soundOf,
  soundShiftMs,
} from "@/tests/integration/compile/media-facts";
import { eventually } from "@/tests/support/eventually";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

interface Expected {
  capture: string;
  /** Of the compiled picture. */
  size: [number, number];
  isCopied: boolean;
  /** How much later the picture was captured than the sound, measured from the content, in milliseconds. */
  startOffsetMs?: number;
}

const CAPTURES: Expected[] = [
  { capture: "c20_h264_250", size: [1280, 720], isCopied: true, startOffsetMs: 28.6 },
  { capture: "c20_vp8_1000", size: [1280, 720], isCopied: false, startOffsetMs: -4.2 },
  { capture: "c20_mp4_1000", size: [1280, 720], isCopied: true },
  { capture: "hd_08", size: [1280, 720], isCopied: true, startOffsetMs: -467.6 },
  { capture: "sp_pause_h264", size: [1280, 720], isCopied: true, startOffsetMs: -9.9 },
  { capture: "sp_res_vp8", size: [1280, 720], isCopied: false },
  { capture: "sp_odd_vp8", size: [852, 478], isCopied: false },
  { capture: "sp_vfr_vp8", size: [1280, 720], isCopied: false },
  { capture: "sp_still_h264", size: [1280, 720], isCopied: true },
  { capture: "sp_screen_vp8", size: [1280, 720], isCopied: false },
  { capture: "sp_kill_vp8", size: [1280, 720], isCopied: false },
];

/** The picture's length leaves open how long the last frame lasts; the sound's is rounded to AAC frames of 21 ms. */
const DURATION_TOLERANCE_MS = 100;
/** The aim: what is seen and what is heard are this close. The estimate was within 7 ms, cutting adds 1 ms. */
const SYNC_TOLERANCE_MS = 20;
/** Beyond every start offset of the captures. */
const LONGEST_SHIFT_MS = 600;

let services: TestServices;
let worker: RunningWorker;
const ids = new Map<string, string>();

beforeAll(async () => {
  services = await openTestServices({ COMPILE_CONCURRENCY: "2" });
  worker = await startWorker(services);
  const { userId } = await addUser(services);
  for (const { capture } of CAPTURES) {
    ids.set(capture, await addRecording(services, userId, { ...captureContent(capture), title: `${capture} "1"` }));
  }
});

afterAll(async () => {
  await worker.close();
  await services.dispose();
});

describe.each(CAPTURES)("$capture", ({ capture, size, isCopied }) => {
  let recording: RecordingWithParts;
  let mp4: string;
  let rawVideo: string;

  beforeAll(async () => {
    const id = ids.get(capture) as string;
    recording = await reach(services, id);
    expect(recording).toMatchObject({ state: "ready", failureMessage: null });
    mp4 = mp4Of(services, recording);
    rawVideo = services.folder.file(id, "video.webm");
  });

  test("has H.264 of an even size and AAC, both from 0, and the title", () => {
    const { streams, format } = probeFile(mp4);
    const [video, audio] = streams;
    expect(streams).toHaveLength(2);
    expect(video).toMatchObject({ codec_name: "h264", width: size[0], height: size[1] });
    expect(video?.profile).toBe(isCopied ? "Constrained Baseline" : "High");
    expect(audio?.codec_name).toBe("aac");
    expect(Number(video?.start_time)).toBe(0);
    expect(Number(audio?.start_time)).toBe(0);
    expect(format.tags?.title).toBe(`${capture} "1"`);
  });

  test("has every picture at its time", () => {
    const before = pictureTimesMs(rawVideo);
    expectSameTimes(pictureTimesMs(mp4), before);
  });

  test("lasts as long as was recorded, and the row says so", () => {
    const lastPictureMs = pictureTimesMs(rawVideo).at(-1) as number;
    const soundMs = Number(probeFile(mp4).streams[1]?.duration) * 1000;
    expect(recording.durationMs).toBeGreaterThanOrEqual(Math.max(lastPictureMs, soundMs) - 1);
    expect(recording.durationMs).toBeLessThanOrEqual(Math.max(lastPictureMs, soundMs) + DURATION_TOLERANCE_MS);
    expect(Math.abs(Number(probeFile(mp4).format.duration) * 1000 - (recording.durationMs as number))).toBeLessThan(1);
  });

  test("decodes without an error, has no gap, and leaves no work behind", async () => {
    expect(decodingErrors(mp4)).toBe("");
    expect(recording.gaps).toEqual([]);
    await eventually(async () => expect(await readdir(path.dirname(mp4))).not.toContain("work"));
  });

  test("has outputs that are byte for byte what their rows say", async () => {
    expect(recording.outputs.map(({ kind }) => kind)).toEqual(["mp4", "thumbnail"]);
    for (const { filename, sizeBytes, sha256 } of recording.outputs) {
      expect(await sha256OfFile(services.folder.file(recording.id, filename))).toBe(sha256);
      expect(BigInt((await services.folder.size(recording.id, filename)) ?? 0)).toBe(sizeBytes);
    }
  });

  test("has a thumbnail of 640 pixels", () => {
    const thumbnail = recording.outputs.find(({ kind }) => kind === "thumbnail");
    expect(thumbnail).toMatchObject({ contentType: "image/jpeg", width: 640 });
    const file = services.folder.file(recording.id, thumbnail?.filename as string);
    expect(probeFile(file).streams[0]).toMatchObject({ codec_name: "mjpeg", width: 640, height: thumbnail?.height });
  });
});

test.each(CAPTURES.filter(({ startOffsetMs }) => startOffsetMs !== undefined))(
  "$capture has sound and picture together",
  async ({ capture, startOffsetMs = 0 }) => {
    const recording = await reach(services, ids.get(capture) as string);
    const raw = soundOf(services.folder.file(recording.id, "audio.webm"));
    const shiftMs = soundShiftMs(raw, soundOf(mp4Of(services, recording)), LONGEST_SHIFT_MS);
    expect(Math.abs(shiftMs + startOffsetMs)).toBeLessThanOrEqual(SYNC_TOLERANCE_MS);
  },
);
