/** A recording of several takes compiles to one MP4, in which each is where it belongs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { addTakes, captureContent, chunksOf, type TakeContent } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import {
  decodingErrors,
  pictureTimesMs,
  probeFile,
  SOUND_RATE,
  soundOf,
  soundShiftMs,
  videoOf,
} from "@/tests/integration/compile/media-facts";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** Captures have timestamps of whole milliseconds, the MP4 ticks of 1/90000 s. */
const PICTURE_TIME_TOLERANCE_MS = 1.1;
/** The aim: what is seen and what is heard are this close, after a joint too. */
const SYNC_TOLERANCE_MS = 40;
/** Beyond every start offset of the captures. */
const LONGEST_SHIFT_MS = 600;
/** A take lasts as long as its last chunk was handed over after its first block, which is a chunk at most. */
const GAP_TOLERANCE_MS = 1100;

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

async function compile(takes: readonly TakeContent[], expected?: ("video" | "audio")[]): Promise<RecordingWithParts> {
  const recording = await reach(services, await addTakes(services, userId, takes, expected));
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
  const actual = pictureTimesMs(mp4Of(services, recording));
  expect(actual).toHaveLength(expected.length);
  const furthestMs = Math.max(...actual.map((time, index) => Math.abs(time - (expected[index] as number))));
  expect(furthestMs).toBeLessThanOrEqual(PICTURE_TIME_TOLERANCE_MS);
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
}, 150_000);

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
