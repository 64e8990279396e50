/** A recording of several takes compiles to one MP4, in which each is where it belongs. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Interruption } from "@/lib/server/database/client";
import { describeRecording } from "@/lib/server/recordings/describe";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { addTakes, captureContent, chunksOf, type TakeContent } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import {
  decodingErrors,
  expectSameTimes,
  PICTURE_TIME_TOLERANCE_MS,
  pictureTimesMs,
  probeFile,
  SOUND_RATE,
  soundOf,
  soundShiftMs,
  videoOf,
} from "@/tests/integration/compile/media-facts";
import { freePort } from "@/tests/support/processes";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** The aim: what is seen and what is heard are this close, after a joint too. */
const SYNC_TOLERANCE_MS = 40;
/** Beyond every start offset of the captures. */
const LONGEST_SHIFT_MS = 600;
/** A take lasts as long as its last chunk was handed over after its first block, which is a chunk at most. */
const GAP_TOLERANCE_MS = 1100;
/** Of 255; what an encoder makes of black. */
const BLACK = 20;

let services: TestServices;
let worker: RunningWorker;
let userId: string;

beforeAll(async () => {
  services = await openTestServices({ COMPILE_CONCURRENCY: "1" });
  worker = await startWorker(services);
  ({ userId } = await addUser(services));
});

afterAll(async () => {
  await worker.close();
  await services.dispose();
});

function compile(takes: readonly TakeContent[], expected?: ("video" | "audio")[]): Promise<RecordingWithParts> {
  return compileWith(takes, [], expected);
}

/** @param interruptions as the source noted them */
async function compileWith(
  takes: readonly TakeContent[],
  interruptions: readonly Omit<Interruption, "id" | "recordingId" | "createdAt">[],
  expected?: ("video" | "audio")[],
): Promise<RecordingWithParts> {
  const id = await addTakes(services, userId, takes, {
    ...(expected === undefined ? {} : { expected }),
    beforeStop: async (recordingId) => {
      const data = interruptions.map((each) => ({ ...each, id: randomUUID(), recordingId }));
      for (const row of data) await services.database.interruption.create({ data: row });
    },
  });
  const recording = await reach(services, id);
  expect(recording).toMatchObject({ state: "ready", failureMessage: null });
  const mp4 = mp4Of(services, recording);
  expect(decodingErrors(mp4)).toBe("");
  for (const { start_time } of probeFile(mp4).streams) expect(Number(start_time)).toBe(0);
  return recording;
}

/** Where a take begins, as the row of the gap before it says. */
function beginningOf({ id, gaps }: RecordingWithParts, take: number): number {
  if (take === 1) return 0;
  return gaps.find((gap) => gap.id === `${id}-take-${take}`)?.toMs as number;
}

/** Every picture of every take is in the file, at its time after the beginning of its take. */
function expectPictures(recording: RecordingWithParts, takes: readonly number[]): void {
  const expected = takes.flatMap((take) => {
    const raw = services.folder.file(recording.id, take === 1 ? "video.webm" : `video-${take}.webm`);
    return pictureTimesMs(raw).map((time) => time + beginningOf(recording, take));
  });
  expectSameTimes(pictureTimesMs(mp4Of(services, recording)), expected);
}

/** The sound of a take lies to its first picture as the content of the capture says. */
function expectSync(recording: RecordingWithParts, take: number, startOffsetMs: number): void {
  const raw = soundOf(services.folder.file(recording.id, take === 1 ? "audio.webm" : `audio-${take}.webm`));
  const from = Math.round((beginningOf(recording, take) / 1000) * SOUND_RATE);
  const compiled = soundOf(mp4Of(services, recording)).subarray(from, from + raw.length);
  expect(Math.abs(soundShiftMs(raw, compiled, LONGEST_SHIFT_MS) + startOffsetMs)).toBeLessThanOrEqual(
    SYNC_TOLERANCE_MS,
  );
}

/** The lightest value of the first picture; black in limited range is 16. */
function lightestOfFirst(file: string): number {
  const args = ["-nostdin", "-v", "error", "-i", file, "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"];
  return execFileSync("ffmpeg", args).reduce((most, value) => Math.max(most, value), 0);
}

function loudest(sound: Int16Array): number {
  return sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

test("two takes of the same H.264 are copied, with the time between them held", async () => {
  const recording = await compile([
    { ...captureContent("c20_h264_250"), startedAfterMs: 0 },
    { ...captureContent("hd_08"), startedAfterMs: 32_000, cause: "page_closed" },
  ]);
  expect(videoOf(mp4Of(services, recording))?.profile).toBe("Constrained Baseline");
  expect(recording.gaps).toHaveLength(1);
  expect(recording.gaps[0]).toMatchObject({
    kind: null,
    code: "page_closed",
    cause: "The page was closed or crashed, and was opened again.",
  });
  expect(Math.abs((recording.gaps[0]?.toMs as number) - 32_000)).toBeLessThanOrEqual(GAP_TOLERANCE_MS);
  expectPictures(recording, [1, 2]);
  expectSync(recording, 1, 28.6);
  expectSync(recording, 2, -467.6);
});

test("takes of different codecs are encoded into one stream", async () => {
  const recording = await compile([
    { ...captureContent("c20_h264_250"), startedAfterMs: 0 },
    { ...captureContent("c20_vp8_1000"), startedAfterMs: 26_000, cause: "suspended" },
  ]);
  expect(videoOf(mp4Of(services, recording))).toMatchObject({ profile: "High", width: 1280, height: 720 });
  expect(recording.gaps).toMatchObject([{ kind: null, code: "suspended", cause: "The computer slept." }]);
  expectPictures(recording, [1, 2]);
  expectSync(recording, 1, 28.6);
  expectSync(recording, 2, -4.2);
});

test("sound that is missing in the second take is silence there, and told", async () => {
  const recording = await compile(
    [
      { ...captureContent("hd_08"), startedAfterMs: 0 },
      { video: chunksOf("sp_pause_h264", "video"), startedAfterMs: 20_000, cause: "device_lost" },
    ],
    ["video", "audio"],
  );
  const begins = beginningOf(recording, 2);
  const { durationMs } = recording;
  expect(recording.gaps).toMatchObject([
    { kind: null, code: "device_lost", toMs: begins },
    { kind: "audio", code: "track_missing", cause: "No sound arrived.", fromMs: begins, toMs: durationMs },
  ]);
  expectPictures(recording, [1, 2]);
  expectSync(recording, 1, -467.6);
  const sound = soundOf(mp4Of(services, recording));
  expect(Math.abs((sound.length / SOUND_RATE) * 1000 - (durationMs as number))).toBeLessThan(100);
  const second = sound.subarray(Math.round((begins / 1000) * SOUND_RATE));
  expect(loudest(second)).toBeLessThan(50);
  expect(loudest(sound)).toBeGreaterThan(1000);
});

test("three takes, the first without a picture and the second of another size: black, then each fitted in", async () => {
  const recording = await compile([
    { audio: chunksOf("hd_08", "audio"), startedAfterMs: 0 },
    { ...captureContent("sp_odd_vp8"), startedAfterMs: 15_000, cause: "share_ended" },
    { ...captureContent("hd_08"), startedAfterMs: 30_000, cause: "device_lost" },
  ]);
  const mp4 = mp4Of(services, recording);
  expect(videoOf(mp4)).toMatchObject({ profile: "High", width: 852, height: 478 });
  expect(recording.gaps.filter(({ kind }) => kind === null)).toMatchObject([
    { code: "share_ended", toMs: beginningOf(recording, 2) },
    { code: "device_lost", toMs: beginningOf(recording, 3) },
  ]);
  // The take that was sound alone is told: the page announced both.
  expect(recording.gaps.filter(({ kind }) => kind === "video")).toMatchObject([{ code: "track_missing", fromMs: 0 }]);
  const times = pictureTimesMs(mp4);
  expect(times[0]).toBe(0);
  expect(Math.abs((times[1] as number) - beginningOf(recording, 2))).toBeLessThanOrEqual(PICTURE_TIME_TOLERANCE_MS);
  // It stands until then.
  expect(lightestOfFirst(mp4)).toBeLessThanOrEqual(BLACK);
  expectSync(recording, 3, -467.6);
});

test("what the source missed is told in the recording's time; a take of which nothing came, where it would be", async () => {
  const { createdAt, ...rest } = await compileWith(
    [
      { video: chunksOf("c20_h264_250", "video"), startedAfterMs: 0 },
      { startedAfterMs: 22_000, cause: "page_closed" },
      { video: chunksOf("hd_08", "video"), startedAfterMs: 30_000, cause: "unknown" },
    ],
    [
      { takeNumber: 1, kind: "video", fromMs: 4000, toMs: 6000, code: "share_ended" },
      { takeNumber: 3, kind: null, fromMs: 2000, toMs: 99_000_000, code: "suspended" },
    ],
  );
  const recording = { createdAt, ...rest };
  const third = beginningOf(recording, 3);
  const end = recording.gaps.find(({ code }) => code === "suspended")?.toMs as number;
  expect(recording.gaps.map(({ kind, code, fromMs }) => [kind, code, fromMs])).toEqual([
    ["video", "share_ended", 4000],
    [null, "track_missing", recording.gaps[1]?.fromMs],
    // The page was closed after the first take, whatever came of the second.
    [null, "page_closed", recording.gaps[1]?.fromMs],
    [null, "suspended", third + 2000],
  ]);
  expect(recording.gaps[1]).toMatchObject({ toMs: recording.gaps[1]?.fromMs });
  expect(recording.gaps[1]?.cause).toMatch(/^Nothing of part 2 of the recording can be used\. Nothing was recorded/);
  expect(end).toBeLessThanOrEqual(recording.durationMs as number);

  const { takes } = describeRecording(services, recording);
  expect(takes.map(({ fromMs }) => fromMs)).toEqual([0, null, third]);
});

test("the time between takes can be cut out, and is told and counted all the same", async () => {
  await worker.close();
  const cutting = { ...services, config: { ...services.config, TAKE_GAPS: "cut" as const } };
  worker = await startWorker({ ...cutting, config: { ...cutting.config, WORKER_PORT: await freePort() } });
  try {
    const recording = await compile([
      { video: chunksOf("c20_h264_250", "video"), startedAfterMs: 0 },
      { video: chunksOf("hd_08", "video"), startedAfterMs: 3_620_000, cause: "suspended" },
    ]);
    const begins = beginningOf(recording, 2);
    expect(recording.gaps).toMatchObject([{ kind: null, code: "suspended", fromMs: begins, toMs: begins }]);
    expect(recording.gaps[0]?.cause).toMatch(/^The computer slept\. The 1 h that are missing were left out\.$/);
    expect(recording.durationMs).toBeLessThan(40_000);
    expectPictures(recording, [1, 2]);
    const text = await (await fetch(`http://127.0.0.1:${worker.metricsPort}/metrics`)).text();
    const seconds = Number(/^tapedeck_compiled_gap_seconds_total\{cause="suspended"\} (\S+)$/m.exec(text)?.[1]);
    expect(Math.abs(seconds - 3600)).toBeLessThan(2);
    expect(text).toMatch(/^tapedeck_compiled_gap_seconds_total\{cause="damaged"\} 0$/m);
  } finally {
    await worker.close();
    worker = await startWorker(services);
  }
});

test("a held gap is bounded by the longest recording, and the rest of it is told", async () => {
  const recording = await compile([
    { video: chunksOf("c20_h264_250", "video"), startedAfterMs: 0 },
    { video: chunksOf("hd_08", "video"), startedAfterMs: 100 * 3_600_000, cause: "page_closed" },
  ]);
  const longestMs = services.config.COMPILE_MAX_DURATION_HOURS * 3_600_000;
  expect(Math.abs((recording.durationMs as number) - longestMs)).toBeLessThan(1000);
  expect(recording.gaps[0]?.cause).toMatch(/Of 99 h 59 min that are missing, 52 h were left out\.$/);
  const times = pictureTimesMs(mp4Of(services, recording));
  expect(Math.abs((times.at(-1) as number) - longestMs)).toBeLessThan(1000);
});
