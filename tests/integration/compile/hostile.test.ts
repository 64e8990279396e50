/** Files that are no recordings, or are made to do harm: a clear failure or a sensible result, and nothing else is read. */
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AppError } from "@/lib/domain/errors";
import { memorySource } from "@/lib/media/byte-source";
import { type InputLimits, inputArgs, probeInputArgs } from "@/lib/media/ffmpeg-input";
import { MatroskaRepair } from "@/lib/media/matroska-repair";
import { scanMatroska } from "@/lib/media/matroska-scanner";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import {
  addRecording,
  type Chunk,
  chunksOf,
  type RecordingContent,
} from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { decodingErrors, pictureTimesMs, probeFile } from "@/tests/integration/compile/media-facts";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

let services: TestServices;
let worker: RunningWorker;
let userId: string;

beforeAll(async () => {
  // Less memory than a picture of 12000x12000 takes: nothing may try.
  services = await openTestServices({ COMPILE_MEMORY_BYTES: String(1024 ** 3) });
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

const screen = { video: chunksOf("sp_screen_vp8", "video"), audio: chunksOf("sp_screen_vp8", "audio") };
const joined = (chunks: readonly Chunk[]) => Buffer.concat(chunks.map(({ bytes }) => bytes));

test.each([
  ["nothing at all", Buffer.alloc(0), "nothing_recorded", /neither picture nor sound/],
  ["a single byte", Buffer.from([0x1a]), "not_a_recording", /not a recording/],
  [
    "noise",
    Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251)),
    "not_a_recording",
    /not a recording/,
  ],
  [
    "an EBML header with noise behind it",
    Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x80]), Buffer.alloc(9000, 0x77)]),
    "damaged",
    /damaged/,
  ],
  [
    "a box of MP4 with noise behind it",
    Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from("ftypisom    "), Buffer.alloc(9000, 0x77)]),
    "damaged",
    /damaged/,
  ],
  ["the head of a recording without anything behind it", joined(screen.video).subarray(0, 126), "damaged", /damaged/],
  ["a recording without its head", joined(screen.video).subarray(126), "beginning_missing", /beginning/],
])("%s fails and says why, and the tracks are kept", async (_, bytes, code, words) => {
  const recording = await compile({ video: bytes });
  expect(recording).toMatchObject({ state: "failed", failureCode: code, outputs: [] });
  expect(recording.failureMessage).toMatch(words);
  expect((await readdir(services.folder.folder(recording.id))).sort()).toEqual(["manifest.json", "video.webm"]);
});

test.each([
  [
    "an HLS playlist",
    (secret: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${secret}\n#EXT-X-ENDLIST\n`,
  ],
  ["a concat script", (secret: string) => `ffconcat version 1.0\nfile ${path.basename(secret)}\n`],
])("%s that calls itself a recording is not followed", async (_, script) => {
  const id = await addRecording(services, userId, { video: Buffer.from("placeholder"), expected: ["video"] });
  await reach(services, id);
  const folder = services.folder.folder(id);
  const secret = path.join(folder, "secret.ts");
  const playlist = path.join(folder, "video.webm");
  await writeFile(secret, joined(screen.video));
  await writeFile(playlist, script(secret));

  const recording = await compile({ video: Buffer.from(script(secret)) });
  expect(recording).toMatchObject({ state: "failed", failureCode: "not_a_recording", outputs: [] });

  // Nor by FFmpeg itself, should it ever get to see one.
  const { ffmpeg, ffprobe } = ffmpegOf(services.config, 1);
  const limits: InputLimits = { maxPixels: 1_000_000, maxDurationSeconds: 60 };
  const signal = new AbortController().signal;
  for (const container of ["matroska", "mp4"] as const) {
    const file = { file: playlist, container };
    const out = path.join(folder, "out.mkv");
    const args = ["-nostdin", "-v", "error", ...inputArgs(file, limits), "-c", "copy", `file:${out}`];
    await expect(ffmpeg(args, { signal, fileBytes: 1024 ** 2 })).rejects.toBeInstanceOf(AppError);
    await expect(ffprobe(["-v", "error", ...probeInputArgs(file, limits)], { signal })).rejects.toBeInstanceOf(
      AppError,
    );
    expect(await readdir(folder)).not.toContain("out.mkv");
  }
});

/** Every VP8 key frame says another size (RFC 6386 §9.1: start code, then width and height in 14 bits each). */
async function withPictureSize(bytes: Buffer, width: number, height: number): Promise<Buffer> {
  const patched = Buffer.from(bytes);
  const startCode = Buffer.from([0x9d, 0x01, 0x2a]);
  for await (const item of scanMatroska(memorySource(bytes))) {
    if (item.type !== "block" || !item.keyframe) continue;
    const at = patched.indexOf(startCode, item.startBytes);
    expect(at).toBeLessThan(item.startBytes + 32);
    patched.writeUInt16LE(width, at + 3);
    patched.writeUInt16LE(height, at + 5);
  }
  return patched;
}

test("a picture that decodes to 12000x12000 behind a header of 1280x720 is refused before it is decoded", async () => {
  const recording = await compile({ video: await withPictureSize(joined(screen.video), 12_000, 12_000) });
  expect(recording).toMatchObject({ state: "failed", failureCode: "picture_too_large", compileAttempts: 1 });
  expect(recording.failureMessage).toMatch(/larger than the server allows/);
});

/** The same file with all that comes from `fromMs` on at `jumpMs` later. */
async function withJump(chunks: readonly Chunk[], fromMs: number, jumpMs: number): Promise<Buffer> {
  const bytes = joined(chunks);
  const pieces: Uint8Array[] = [];
  let writer: MatroskaRepair | undefined;
  for await (const item of scanMatroska(memorySource(bytes))) {
    if (item.type === "head") {
      writer = new MatroskaRepair({ ...item, tracks: [] });
      pieces.push(writer.head(bytes.subarray(0, item.endBytes)));
    } else if (item.type === "block") {
      const ticks = item.clusterTicks + (item.timestampMs >= fromMs ? jumpMs : 0);
      // Clusters are told apart by where they begin; this one begins anew at the jump.
      const clusterStartBytes = item.clusterStartBytes + (item.timestampMs >= fromMs ? 1 : 0);
      pieces.push(
        writer?.before({ ...item, clusterTicks: ticks, clusterStartBytes }) as Uint8Array,
        bytes.subarray(item.startBytes, item.endBytes),
      );
    }
  }
  return Buffer.concat(pieces);
}

const TWO_HOURS_MS = 7_200_000;

test("timestamps that jump by two hours make no file of two hours", async () => {
  const recording = await compile({
    video: await withJump(screen.video, 5000, TWO_HOURS_MS),
    audio: await withJump(screen.audio, 5000, TWO_HOURS_MS),
  });
  expect(recording.state).toBe("ready");
  expect(recording.durationMs).toBeGreaterThan(4800);
  expect(recording.durationMs).toBeLessThan(5200);
  const mp4 = mp4Of(services, recording);
  expect(decodingErrors(mp4)).toBe("");
  expect(pictureTimesMs(mp4).at(-1)).toBeLessThan(5100);
});

test("a jump in the picture alone leaves the sound as it is, and is noted", async () => {
  const recording = await compile({ video: await withJump(screen.video, 5000, TWO_HOURS_MS), audio: screen.audio });
  expect(recording.state).toBe("ready");
  expect(Math.abs((recording.durationMs as number) - 9940)).toBeLessThan(100);
  expect(recording.gaps).toMatchObject([{ kind: "video" }]);
});

test("a computer that slept a quarter of an hour leaves that much silence, in bounded memory", async () => {
  const slept = 15 * 60_000;
  const audio = await withJump(screen.audio, 5000, slept);
  // The clock of the page went on, so the time did go by.
  const chunks: Chunk[] = [];
  let taken = 0;
  for (const { perfMs, bytes } of screen.audio) {
    const isLater = taken >= joined(screen.audio).length / 2;
    chunks.push({ bytes: audio.subarray(taken, taken + bytes.length), perfMs: perfMs + (isLater ? slept : 0) });
    taken += bytes.length;
  }
  chunks.push({ bytes: audio.subarray(taken), perfMs: (screen.audio.at(-1) as Chunk).perfMs + slept });
  const recording = await compile({ audio: chunks });
  expect(recording).toMatchObject({ state: "ready", failureMessage: null });
  const durationMs = Number(probeFile(mp4Of(services, recording)).format.duration) * 1000;
  expect(Math.abs(durationMs - (9960 + slept))).toBeLessThan(100);
  expect(recording.gaps).toHaveLength(1);
  expect((recording.gaps[0]?.toMs as number) - (recording.gaps[0]?.fromMs as number)).toBeGreaterThan(slept - 200);
});
