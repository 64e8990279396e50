/** A worker that follows a recording ends, and another goes on with what it has encoded: the file is as one makes it alone. */
import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { watchableMs } from "@/tests/bench/live-source";
import { longCapture } from "@/tests/bench/long-capture";
import { type Chunk, chunksOf } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import {
  decodingErrors,
  expectSameTimes,
  pictureTimesMs,
  probeFile,
  soundOf,
} from "@/tests/integration/compile/media-facts";
import { beginLive } from "@/tests/integration/follow/live-recording";
import { eventually } from "@/tests/support/eventually";
import { type RunningProgram, startWorkerProcess } from "@/tests/support/processes";
import { startTestServer, type TestServer } from "@/tests/support/server";

type Content = Partial<Record<TrackKind, Chunk[]>>;

const SECONDS = 24;
/** What is sent before the first worker ends, and what of it is in the file at least by then. */
const SHARE_BEFORE = 0.75;
const LEAST_KEPT_MS = 10_000;
/**
 * Of the energy of the sound, in any window of a frame: an encoder that has begun later does not make every frame the same
 * (0.012 was measured). Frames that do not fit at the seam, or lie half a frame off, differ by more than the sound itself.
 */
const MOST_DIFFERENCE = 0.05;
const PCM_RATE = 48_000;
const WINDOW_SAMPLES = 1024;

let server: TestServer;
const running: RunningProgram[] = [];

beforeAll(async () => {
  server = await startTestServer({ PREVIEWS: "false", COMPILE_PRESET: "ultrafast" });
});

afterEach(async () => {
  for (const program of running.splice(0)) await program.stop("SIGKILL");
});

afterAll(() => server.stop());

async function contentOf(capture: string, kinds: readonly TrackKind[] = TRACK_KINDS): Promise<Content> {
  const content: Content = {};
  for (const kind of kinds) {
    const chunks: Chunk[] = [];
    for await (const chunk of longCapture(chunksOf(capture, kind), SECONDS)) chunks.push(chunk);
    content[kind] = chunks;
  }
  return content;
}

async function startWorker(): Promise<RunningProgram> {
  const program = await startWorkerProcess([inject("workerFile")], server.services.environment);
  running.push(program);
  return program;
}

/** Recorded in one go, by one worker. */
async function recordedAtOnce(content: Content): Promise<RecordingWithParts> {
  const worker = await startWorker();
  const live = await beginLive(server, content);
  await live.send(SHARE_BEFORE);
  await eventually(async () => expect(await watched(live.id, content)).toBeGreaterThan(LEAST_KEPT_MS));
  await live.finish();
  const recording = await reach(server.services, live.id);
  await worker.stop();
  return recording;
}

/** @returns the recording, and what the second worker said */
async function recordedByTwo(
  content: Content,
  signal: "SIGTERM" | "SIGKILL",
): Promise<{ recording: RecordingWithParts; said: string }> {
  const first = await startWorker();
  const live = await beginLive(server, content);
  await live.send(SHARE_BEFORE);
  await eventually(async () => expect(await watched(live.id, content)).toBeGreaterThan(LEAST_KEPT_MS));
  await first.stop(signal);
  const second = await startWorker();
  await second.waitFor(/goes on where an earlier run has ended/);
  await live.send(0.9);
  await live.finish();
  const recording = await reach(server.services, live.id);
  return { recording, said: second.output() };
}

/** How much of a recording is in its live file, also where it has no sound. */
async function watched(id: string, content: Content): Promise<number> {
  return watchableMs(server, id, Object.keys(content) as TrackKind[]);
}

function expectReady(recording: RecordingWithParts): string {
  expect(recording).toMatchObject({ state: "ready", followRefusal: null, compileAttempts: 1, failureMessage: null });
  const mp4 = mp4Of(server.services, recording);
  expect(decodingErrors(mp4)).toBe("");
  return mp4;
}

async function expectOneFile({ id }: RecordingWithParts): Promise<void> {
  const names = await readdir(server.services.folder.folder(id));
  // The index stays for those who still watch, until the file has been checked.
  expect(names.filter((name) => name.startsWith("live") && name !== LIVE_INDEX_FILENAME)).toEqual([]);
  expect(names.filter((name) => name.endsWith(".mp4"))).toHaveLength(1);
}

/** The largest share of the sound's own energy that two files differ by, in any window. */
function mostDifference(one: Int16Array, other: Int16Array): number {
  let most = 0;
  let meanEnergy = 0;
  for (const sample of one) meanEnergy += sample ** 2 / one.length;
  for (let from = 0; from + WINDOW_SAMPLES <= Math.min(one.length, other.length); from += WINDOW_SAMPLES / 2) {
    let energy = 0;
    let difference = 0;
    for (let index = from; index < from + WINDOW_SAMPLES; index += 1) {
      energy += (one[index] as number) ** 2;
      difference += ((one[index] as number) - (other[index] as number)) ** 2;
    }
    most = Math.max(most, difference / Math.max(energy, meanEnergy * WINDOW_SAMPLES));
  }
  return most;
}

function expectTheSameSound(mp4: string, whole: string): void {
  const [sound, wholeSound] = [soundOf(mp4, PCM_RATE), soundOf(whole, PCM_RATE)];
  expect(sound).toHaveLength(wholeSound.length);
  expect(mostDifference(wholeSound, sound)).toBeLessThan(MOST_DIFFERENCE);
}

test("pictures and sound that were encoded go on where a worker that is killed has ended", async () => {
  const content = await contentOf("c20_vp8_1000");
  const whole = expectReady(await recordedAtOnce(content));
  const { recording, said } = await recordedByTwo(content, "SIGKILL");
  const mp4 = expectReady(recording);
  expect(said).toContain("picture goes on where an earlier run has ended");
  expect(said).toContain("sound goes on where an earlier run has ended");
  expectSameTimes(pictureTimesMs(mp4), pictureTimesMs(whole));
  expectTheSameSound(mp4, whole);
  expect(probeFile(mp4).format.duration).toBe(probeFile(whole).format.duration);
  await expectOneFile(recording);
});

test("sound goes on where a worker that is stopped has ended, beside pictures that are copied", async () => {
  const content = await contentOf("c20_h264_250");
  const whole = expectReady(await recordedAtOnce(content));
  const { recording, said } = await recordedByTwo(content, "SIGTERM");
  const mp4 = expectReady(recording);
  expect(said).not.toContain("picture goes on");
  expectSameTimes(pictureTimesMs(mp4), pictureTimesMs(whole));
  expectTheSameSound(mp4, whole);
  await expectOneFile(recording);
});

test("sound alone goes on", async () => {
  const content = await contentOf("c20_vp8_1000", ["audio"]);
  const whole = expectReady(await recordedAtOnce(content));
  const { recording } = await recordedByTwo(content, "SIGTERM");
  expectTheSameSound(expectReady(recording), whole);
});
