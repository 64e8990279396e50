/**
 * Recordings that lost something on the way: what is left is compiled, what is missing is said, and nothing is at a wrong
 * time. Each is made of a real capture.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import {
  addRecording,
  type Chunk,
  chunksOf,
  type RecordingContent,
} from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { audioOf, decodingErrors, soundOf, soundShiftMs, videoOf } from "@/tests/integration/compile/media-facts";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** The last frame's length is the usual one; AAC is rounded to 21 ms. */
const DURATION_TOLERANCE_MS = 100;
/** A damaged recording has fewer samples of the clock; it must not be further off than two estimates are. */
const SYNC_TOLERANCE_MS = 30;

let services: TestServices;
let worker: RunningWorker;
let userId: string;

beforeAll(async () => {
  services = await openTestServices({ COMPILE_CONCURRENCY: "2" });
  worker = await startWorker(services);
  ({ userId } = await addUser(services));
});

afterAll(async () => {
  await worker.close();
  await services.dispose();
});

async function compile(content: RecordingContent): Promise<RecordingWithParts> {
  return reach(services, await addRecording(services, userId, content));
}

const compiledWhole = new Map<RecordingContent, Promise<RecordingWithParts>>();

/** The undamaged recording, to compare with; compiled once. */
function original(content: RecordingContent): Promise<RecordingWithParts> {
  const known = compiledWhole.get(content) ?? compile(content);
  compiledWhole.set(content, known);
  return known;
}

/** H.264, 20.03 s; a chunk every 267 ms of picture and 300 ms of sound. */
const h264 = { video: chunksOf("c20_h264_250", "video"), audio: chunksOf("c20_h264_250", "audio") };
const H264_MS = 20_030;
/** VP8, 9.3 s of picture and 9.9 s of sound. */
const vp8 = { video: chunksOf("sp_screen_vp8", "video"), audio: chunksOf("sp_screen_vp8", "audio") };
const VP8_MS = 9940;

const without = (chunks: readonly Chunk[], from: number, count = 1) =>
  chunks.filter((_, i) => i < from || i >= from + count);
const repeated = (chunks: readonly Chunk[], at: number) => [...chunks.slice(0, at + 1), ...chunks.slice(at)];
const swapped = (chunks: readonly Chunk[], at: number) => [
  ...chunks.slice(0, at),
  chunks[at + 1] as Chunk,
  chunks[at] as Chunk,
  ...chunks.slice(at + 2),
];

function expectDuration(recording: RecordingWithParts, wantedMs: number): void {
  expect(recording).toMatchObject({ state: "ready", failureMessage: null });
  expect(Math.abs((recording.durationMs as number) - wantedMs)).toBeLessThanOrEqual(DURATION_TOLERANCE_MS);
  expect(decodingErrors(mp4Of(services, recording))).toBe("");
}

test("without the first chunk of the picture there is only the sound, and it is said", async () => {
  const recording = await compile({ video: without(h264.video, 0), audio: h264.audio });
  expectDuration(recording, 20_040);
  expect(videoOf(mp4Of(services, recording))).toBeUndefined();
  expect(recording).toMatchObject({ width: null, height: null });
  expect(recording.gaps).toMatchObject([{ kind: "video", fromMs: 0, toMs: recording.durationMs }]);
  expect(recording.gaps[0]?.cause).toMatch(/beginning of the picture never arrived/);
  expect(recording.outputs.find(({ kind }) => kind === "mp4")?.contentType).toBe("audio/mp4");
});

test("without the first chunk of the sound there is only the picture, and it is said", async () => {
  const recording = await compile({ video: h264.video, audio: without(h264.audio, 0) });
  expectDuration(recording, H264_MS);
  expect(audioOf(mp4Of(services, recording))).toBeUndefined();
  expect(recording.gaps).toMatchObject([{ kind: "audio", fromMs: 0, toMs: recording.durationMs }]);
  expect(recording.gaps[0]?.cause).toMatch(/beginning of the sound never arrived/);
});

test("a track that was announced and never came is a gap from beginning to end", async () => {
  const recording = await compile({ audio: h264.audio, expected: ["video", "audio"] });
  expectDuration(recording, 20_040);
  expect(recording.gaps).toMatchObject([{ kind: "video", fromMs: 0, cause: "No picture arrived." }]);
});

test("sound alone, without a picture announced, has no gap and a thumbnail of its shape", async () => {
  const recording = await compile({ audio: h264.audio });
  expectDuration(recording, 20_040);
  expect(recording.gaps).toEqual([]);
  expect(recording.outputs.find(({ kind }) => kind === "thumbnail")).toMatchObject({ width: 640, height: 360 });
});

test("a hole in the sound is filled with silence of its length and noted", async () => {
  const recording = await compile({ video: h264.video, audio: without(h264.audio, 34, 3) });
  expectDuration(recording, H264_MS);
  expect(recording.gaps).toHaveLength(1);
  const [gap] = recording.gaps;
  // Three chunks of 300 ms; in media time the sound lies 25 ms earlier than in its own file.
  expect(gap).toMatchObject({ kind: "audio", fromMs: 10_175, toMs: 11_075 });
  const compiled = soundOf(mp4Of(services, recording));
  const whole = soundOf(mp4Of(services, await original(h264)));
  // What follows the hole is where it was.
  const tail = (sound: Int16Array) => sound.subarray(Math.round((12 / 20) * compiled.length));
  expect(Math.abs(soundShiftMs(tail(whole), tail(compiled), 400))).toBeLessThanOrEqual(2);
  // And the hole is silent.
  const hole = compiled.subarray(10.3 * 4000, 10.9 * 4000);
  expect(hole.every((sample) => Math.abs(sample) < 4)).toBe(true);
});

test.each([
  ["H.264", h264, 38, H264_MS, "Constrained Baseline"],
  ["VP8", vp8, 9, VP8_MS, "High"],
] as const)(
  "a hole in a picture of %s is noted, up to the next key frame",
  async (_, whole, at, durationMs, profile) => {
    const recording = await compile({ video: without(whole.video, at), audio: whole.audio });
    expectDuration(recording, durationMs);
    expect(videoOf(mp4Of(services, recording))?.profile).toBe(profile);
    expect(recording.gaps).toHaveLength(1);
    const [gap] = recording.gaps;
    expect(gap?.kind).toBe("video");
    expect(gap?.cause).toMatch(/picture never arrived or was damaged/);
    expect((gap?.toMs as number) - (gap?.fromMs as number)).toBeGreaterThan(200);
    // The captures have a key frame every 3.4 s and less.
    expect((gap?.toMs as number) - (gap?.fromMs as number)).toBeLessThan(3500);
  },
);

test.each([
  ["repeated chunk of the picture", { ...vp8, video: repeated(vp8.video, 9) }, vp8, VP8_MS],
  ["repeated chunk of the sound", { ...vp8, audio: repeated(vp8.audio, 9) }, vp8, VP8_MS],
  ["pair of swapped chunks of the picture", { ...vp8, video: swapped(vp8.video, 9) }, vp8, VP8_MS],
  ["pair of swapped chunks of the sound", { ...h264, audio: swapped(h264.audio, 34) }, h264, H264_MS],
])("a %s gives no wrong duration and does not move the sound", async (_, damaged, whole, durationMs) => {
  const [recording, undamaged] = await Promise.all([compile(damaged), original(whole)]);
  expectDuration(recording, durationMs);
  const shiftMs = soundShiftMs(soundOf(mp4Of(services, undamaged)), soundOf(mp4Of(services, recording)), 400);
  expect(Math.abs(shiftMs)).toBeLessThanOrEqual(SYNC_TOLERANCE_MS);
});

test("a repeated chunk leaves no trace in the picture", async () => {
  const recording = await compile({ video: repeated(vp8.video, 9) });
  expectDuration(recording, 9267);
  expect(Number(videoOf(mp4Of(services, recording))?.nb_read_packets)).toBe(127);
  expect(recording.gaps).toEqual([]);
});

test("a file that ends in the middle of a cluster loses only the block that is torn", async () => {
  const bytes = Buffer.concat(vp8.video.map((chunk) => chunk.bytes));
  const recording = await compile({ video: bytes.subarray(0, 200_000), audio: vp8.audio });
  expect(recording).toMatchObject({ state: "ready", gaps: [] });
  const frames = Number(videoOf(services.folder.file(recording.id, "video.webm"))?.nb_read_packets);
  expect(frames).toBeGreaterThan(50);
  // FFmpeg counts the torn block; it cannot be decoded.
  expect(Number(videoOf(mp4Of(services, recording))?.nb_read_packets)).toBeGreaterThanOrEqual(frames - 1);
});

test("bytes of another kind in the middle are skipped to the next cluster", async () => {
  const video = h264.video.map((chunk, i) =>
    i === 38 ? { ...chunk, bytes: Buffer.alloc(chunk.bytes.length, 0x55) } : chunk,
  );
  const recording = await compile({ video, audio: h264.audio });
  expectDuration(recording, H264_MS);
  expect(recording.gaps).toHaveLength(1);
  expect(recording.gaps[0]).toMatchObject({ kind: "video" });
});

test("sound that ends before the picture is noted", async () => {
  const recording = await compile({ video: h264.video, audio: h264.audio.slice(0, 30) });
  expectDuration(recording, H264_MS);
  expect(recording.gaps).toMatchObject([{ kind: "audio", cause: "The sound ended before the picture." }]);
});

test("a picture that lost its first seconds costs no sound: it comes later, at its time", async () => {
  // All clusters but the first damaged beyond the first key frame of the second.
  const bytes = Buffer.concat(h264.video.map((chunk) => chunk.bytes));
  const secondCluster = bytes.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]), 1000);
  bytes.fill(0x55, 132, secondCluster);
  let at = 0;
  const video = h264.video.map(({ bytes: { length }, perfMs }) => ({
    perfMs,
    bytes: bytes.subarray(at, (at += length)),
  }));
  const recording = await compile({ video, audio: h264.audio });
  expectDuration(recording, 20_040);
  expect(recording.gaps).toMatchObject([
    { kind: "video", fromMs: 0, cause: "The picture began later than the sound." },
  ]);
  const mp4 = mp4Of(services, recording);
  // The second cluster is at 3356 ms of the picture, and that began 29 ms after the sound.
  expect(Math.abs(Number(videoOf(mp4)?.start_time) * 1000 - 3385)).toBeLessThanOrEqual(SYNC_TOLERANCE_MS);
  expect(Number(audioOf(mp4)?.start_time)).toBe(0);
  expect(recording.outputs.map(({ kind }) => kind)).toContain("thumbnail");
});

test("a missing fragment of MP4 gives what lies around it, at its time", async () => {
  const video = without(chunksOf("c20_mp4_1000", "video"), 2);
  const recording = await compile({ video, audio: chunksOf("c20_mp4_1000", "audio") });
  expectDuration(recording, 20_220);
});
