/** Parts of a recording, cut out of its finished file: pictures, times and sound, copied and encoded. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { addRecording } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { createMediaMaker, H264, type MediaMaker, picture } from "@/tests/integration/compile/made-media";
import { audioOf, decodingErrors, pictureTimesMs, probeFile, videoOf } from "@/tests/integration/compile/media-facts";
import { type Answer, startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** Sound is cut in frames of AAC (21 ms), and has the encoder's delay. */
const SOUND_TOLERANCE_MS = 50;
const STEP_MS = 40;

let server: TestServer;
let worker: RunningWorker;
let media: MediaMaker;
let original: RecordingWithParts;

beforeAll(async () => {
  server = await startTestServer();
  worker = await startWorker(server.services);
  media = await createMediaMaker();
  // Six seconds at 25 a second, a key frame each second; a tone that begins after three.
  const video = media.bytes("v.mkv", ...picture("320x240", 6), ...H264);
  const tone = "sine=frequency=440:sample_rate=48000:duration=3,adelay=3000:all=1";
  const audio = media.bytes("a.webm", "-f", "lavfi", "-i", tone, "-c:a", "libopus");
  const id = await addRecording(server.services, server.userId, { video, audio, title: "Whole" });
  original = await reach(server.services, id);
  expect(original).toMatchObject({ state: "ready" });
});

afterAll(async () => {
  await worker.close();
  await server.stop();
  await media.dispose();
});

function trim(body: object, id = original.id): Promise<Answer> {
  return server.ask("POST", `/api/v1/recordings/${id}/trim`, body);
}

async function trimmed(body: object, id?: string): Promise<RecordingWithParts> {
  const answer = await trim(body, id);
  expect(answer.status).toBe(201);
  expect(answer.headers.get("location")).toBe(`/api/v1/recordings/${answer.body.id}`);
  const part = await reach(server.services, answer.body.id);
  expect(part).toMatchObject({ state: "ready", failureMessage: null });
  expect(decodingErrors(mp4Of(server.services, part))).toBe("");
  return part;
}

/** How bright each picture's fingerprint is: of the same pictures it is the same, or nearly so when encoded. */
function fingerprints(file: string): number[][] {
  const args = ["-i", file, "-an", "-fps_mode", "passthrough", "-vf", "scale=4:4", "-pix_fmt", "gray"];
  const bytes = execFileSync("ffmpeg", ["-nostdin", "-v", "error", ...args, "-f", "rawvideo", "-"]);
  return Array.from({ length: bytes.length / 16 }, (_, index) => [...bytes.subarray(index * 16, index * 16 + 16)]);
}

function expectPictures(part: RecordingWithParts, from: number, count: number): void {
  const whole = fingerprints(mp4Of(server.services, original)).slice(from, from + count);
  const cut = fingerprints(mp4Of(server.services, part));
  expect(cut).toHaveLength(count);
  const furthest = Math.max(
    ...cut.flatMap((print, at) => print.map((value, pixel) => Math.abs(value - (whole[at]?.[pixel] as number)))),
  );
  // Encoding again changes a grey by some steps of 256; another picture of this test pattern by more.
  expect(furthest).toBeLessThan(10);
}

test("at key frames: the packets from the key frame before on, untouched, with their sound", async () => {
  const part = await trimmed({ fromMs: 2300, toMs: 4500, mode: "keyframe", title: "Part" });
  const file = mp4Of(server.services, part);
  expect(part).toMatchObject({ title: "Part", source: "browser", durationMs: expect.any(Number) });
  expect(videoOf(file)).toMatchObject({ profile: "Constrained Baseline", nb_read_packets: "63" });
  expect(Math.abs((part.durationMs as number) - 2500)).toBeLessThanOrEqual(SOUND_TOLERANCE_MS);
  expectPictures(part, 50, 63);
  expect(Math.abs(soundBeginsMs(file) - 1000)).toBeLessThanOrEqual(SOUND_TOLERANCE_MS);
});

test("exactly: from the very picture that is seen there, to the very last one", async () => {
  const part = await trimmed({ fromMs: 2310, toMs: 4505, mode: "exact" });
  const file = mp4Of(server.services, part);
  // Picture 57 stands from 2280 ms on, 112 begins at 4480.
  expectPictures(part, 57, 56);
  const times = pictureTimesMs(file);
  expect(times[1]).toBeCloseTo(10, 0);
  expect(times.at(-1)).toBeCloseTo(4480 - 2310, 0);
  expect(Math.abs((part.durationMs as number) - 2195)).toBeLessThanOrEqual(SOUND_TOLERANCE_MS);
  expect(Math.abs(soundBeginsMs(file) - 690)).toBeLessThanOrEqual(SOUND_TOLERANCE_MS);
  expect(part.title).toBe("Whole (part)");
});

test("from the beginning to beyond the end is all of it", async () => {
  const part = await trimmed({ fromMs: 0, toMs: 1_000_000, mode: "keyframe" });
  expect(videoOf(mp4Of(server.services, part))?.nb_read_packets).toBe("150");
  expect(Math.abs((part.durationMs as number) - (original.durationMs as number))).toBeLessThanOrEqual(STEP_MS);
});

test("sound alone can be cut, too; and a part can be cut again", async () => {
  const audio = media.bytes("tone.webm", "-f", "lavfi", "-i", "sine=frequency=440:duration=4", "-c:a", "libopus");
  const id = await addRecording(server.services, server.userId, { audio });
  await reach(server.services, id);
  const part = await trimmed({ fromMs: 1000, toMs: 3000, mode: "keyframe" }, id);
  expect(probeFile(mp4Of(server.services, part)).streams).toHaveLength(1);
  const durationMs = Number(audioOf(mp4Of(server.services, part))?.duration) * 1000;
  expect(Math.abs(durationMs - 2000)).toBeLessThanOrEqual(SOUND_TOLERANCE_MS);
  const again = await trimmed({ fromMs: 500, toMs: 1000, mode: "exact" }, part.id);
  expect(Math.abs((again.durationMs as number) - 500)).toBeLessThanOrEqual(SOUND_TOLERANCE_MS);
});

test("what cannot be cut is refused with a reason, and a part takes no more bytes", async () => {
  expect(await trim({ fromMs: 2000, toMs: 1000 })).toMatchObject({ status: 400 });
  expect(await trim({ fromMs: 50_000, toMs: 60_000 })).toMatchObject({ status: 400, body: { code: "nothing_left" } });
  const { body: live } = await server.ask("POST", "/api/v1/recordings", {});
  expect(await trim({ fromMs: 0, toMs: 1000 }, live.id)).toMatchObject({ status: 409, body: { code: "not_ready" } });
  const part = await trimmed({ fromMs: 0, toMs: 1000, mode: "keyframe" });
  const take = await server.ask("POST", `/api/v1/recordings/${part.id}/takes`, { tracks: ["video"] });
  expect(take.status).toBe(409);
});

test("a part whose original was deleted before it was made says so", async () => {
  const { services, userId } = server;
  const video = media.bytes("gone.mkv", ...picture("320x240", 1), ...H264);
  const id = await addRecording(services, userId, { video });
  await reach(services, id);
  await worker.close();
  const { body } = await trim({ fromMs: 0, toMs: 900 }, id);
  await server.ask("DELETE", `/api/v1/recordings/${id}`);
  worker = await startWorker(services);
  expect(await reach(services, body.id)).toMatchObject({ state: "failed", failureCode: "original_gone" });
});

/** When the tone is first heard, milliseconds from the beginning of the file. */
function soundBeginsMs(file: string): number {
  const rate = 8000;
  const args = ["-i", file, "-vn", "-ac", "1", "-ar", String(rate), "-f", "s16le", "-"];
  const bytes = execFileSync("ffmpeg", ["-nostdin", "-v", "error", ...args]);
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  return (samples.findIndex((sample) => Math.abs(sample) > 1000) / rate) * 1000;
}
