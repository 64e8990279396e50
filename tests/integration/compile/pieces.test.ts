/** A long picture that has to be encoded is made in pieces by all workers, and is what it would be if it were made whole. */
import { execFileSync } from "node:child_process";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { piecesFolder } from "@/lib/domain/names";
import { memorySource } from "@/lib/media/byte-source";
import { cutMatroska } from "@/lib/media/matroska-pieces";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { addRecording, addTakes, captureContent, chunksOf } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import {
  audioOf,
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

const CAPTURE = "c20_vp8_1000";
const PIECE_SECONDS = 3;
/** Each piece is encoded by its own rate control: it differs from the whole by less than either does from the original. */
const LEAST_SSIM = 0.97;

let services: TestServices;
let userId: string;
const workers: RunningWorker[] = [];

beforeAll(async () => {
  // A small picture is encoded in the time that its decoding takes.
  const small = { COMPILE_LONGEST_SIDE_PX: "320", COMPILE_PRESET: "ultrafast" };
  services = await openTestServices({ COMPILE_CONCURRENCY: "1", PREVIEWS: "false", ...small });
  ({ userId } = await addUser(services));
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close();
});

afterAll(() => services.dispose());

/** @param ffmpeg of this worker alone */
async function work(pieceSeconds: number, ffmpeg = services.config.FFMPEG_PATH): Promise<RunningWorker> {
  const config = { ...services.config, COMPILE_PIECE_SECONDS: pieceSeconds, FFMPEG_PATH: ffmpeg };
  const worker = await startWorker({ ...services, config } as Services, { retryDelayMs: 10 });
  workers.push(worker);
  return worker;
}

/** An FFmpeg that writes down each piece it is to make, and then does something else or goes on. */
async function ffmpegThat(name: string, script = ""): Promise<{ program: string; pieces: () => Promise<string[]> }> {
  const program = path.join(services.config.DATA_DIR, `ffmpeg-${name}`);
  const log = `${program}.log`;
  await writeFile(log, "");
  const lines = [
    "#!/bin/sh",
    "for last; do :; done",
    `piece=$(expr "$last" : '.*/\\(piece-[0-9]*\\)')`,
    `if [ -n "$piece" ]; then echo "$piece" >> "${log}"; ${script === "" ? ":" : script}; fi`,
    'exec ffmpeg "$@"',
  ];
  await writeFile(program, `${lines.join("\n")}\n`);
  await chmod(program, 0o755);
  return { program, pieces: async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== "") };
}

/** How alike two pictures are, 1 being the same (SSIM of all planes). */
function ssim(one: string, other: string): number {
  const graph = "[0:v]settb=AVTB[a];[1:v]settb=AVTB[b];[a][b]ssim";
  const args = ["-nostdin", "-i", one, "-i", other, "-lavfi", graph, "-an", "-f", "null", "-"];
  const text = execFileSync("sh", ["-c", 'ffmpeg "$@" 2>&1', "sh", ...args], { encoding: "utf8" });
  return Number(/All:([\d.]+)/.exec(text)?.[1]);
}

let whole: { recording: RecordingWithParts; mp4: string };

beforeAll(async () => {
  const worker = await work(0);
  const recording = await reach(services, await addRecording(services, userId, captureContent(CAPTURE)));
  whole = { recording, mp4: mp4Of(services, recording) };
  await worker.close();
});

function expectTheSame(recording: RecordingWithParts): void {
  expect(recording).toMatchObject({ state: "ready", compileAttempts: 1, failureMessage: null });
  const mp4 = mp4Of(services, recording);
  expect(decodingErrors(mp4)).toBe("");
  expectSameTimes(pictureTimesMs(mp4), pictureTimesMs(whole.mp4));
  expect(ssim(mp4, whole.mp4)).toBeGreaterThan(LEAST_SSIM);
  // The sound is encoded as one, and lies where it did.
  expect(soundShiftMs(soundOf(whole.mp4), soundOf(mp4), 100)).toBe(0);
  expect(Math.abs(Number(audioOf(mp4)?.duration) - Number(audioOf(whole.mp4)?.duration))).toBeLessThan(0.03);
  for (const { start_time } of probeFile(mp4).streams) expect(Number(start_time)).toBe(0);
}

test("pieces are all of the file, and each can be decoded by itself", async () => {
  const bytes = Buffer.concat(chunksOf(CAPTURE, "video").map((chunk) => chunk.bytes));
  const cut = await cutMatroska(memorySource(bytes), PIECE_SECONDS * 1000);
  expect(cut?.pieces.length).toBeGreaterThan(3);
  const { headBytes, pieces } = cut as NonNullable<typeof cut>;
  const edges = [headBytes, ...pieces.map(({ toBytes }) => toBytes)];
  expect(pieces.map(({ fromBytes }) => fromBytes)).toEqual(edges.slice(0, -1));
  // Chromium has written the first byte of a block that did not come any more.
  expect(edges.at(-1)).toBe(bytes.length - 1);
  const decoded = pieces.map(({ fromBytes, toBytes }) => {
    const input = Buffer.concat([bytes.subarray(0, headBytes), bytes.subarray(fromBytes, toBytes)]);
    const args = ["-v", "error", "-f", "matroska", "-i", "-", "-show_entries", "frame=pts", "-of", "csv=p=0"];
    return execFileSync("ffprobe", args, { input, encoding: "utf8" }).trim().split("\n").length;
  });
  expect(decoded).toEqual(pieces.map(({ pictures }) => pictures));
  expect(decoded.reduce((sum, count) => sum + count, 0)).toBe(pictureTimesMs(whole.mp4).length);
});

test("two workers make of pieces what one would have made of the whole", async () => {
  const [one, other] = [await ffmpegThat("one", "sleep 1"), await ffmpegThat("other", "sleep 1")];
  await work(PIECE_SECONDS, one.program);
  await work(PIECE_SECONDS, other.program);
  const recording = await reach(services, await addRecording(services, userId, captureContent(CAPTURE)));
  expectTheSame(recording);
  const [ofOne, ofOther] = [await one.pieces(), await other.pieces()];
  expect(ofOne).not.toEqual([]);
  expect(ofOther).not.toEqual([]);
  const all = [...ofOne, ...ofOther];
  expect(new Set(all).size).toBe(all.length);
  await eventually(async () => expect(await readdir(services.folder.folder(recording.id))).not.toContain("work"));
});

test("what a helper cannot make is made by whoever compiles", async () => {
  // Only one of them compiles: the other has nothing that compiles in its queue when the first has begun.
  const [one, other] = [await ffmpegThat("able", "sleep 2"), await ffmpegThat("broken", "exit 1")];
  await work(PIECE_SECONDS, one.program);
  const id = await addRecording(services, userId, captureContent(CAPTURE));
  await eventually(async () => expect(await one.pieces()).not.toEqual([]));
  await work(PIECE_SECONDS, other.program);
  expectTheSame(await reach(services, id));
});

test("a worker that stops in the middle leaves its pieces to the next", async () => {
  const first = await ffmpegThat("first", 'if [ "$piece" != piece-0 ]; then sleep 600; fi');
  const worker = await work(PIECE_SECONDS, first.program);
  const id = await addRecording(services, userId, captureContent(CAPTURE));
  const pieces = path.join(services.folder.folder(id), "work", piecesFolder(1));
  await eventually(async () => expect(await readdir(pieces)).toContain("piece-0.mp4"));
  await worker.close();
  const second = await ffmpegThat("second");
  await work(PIECE_SECONDS, second.program);
  const recording = await reach(services, id);
  expectTheSame({ ...recording, compileAttempts: 1 });
  expect(await second.pieces()).not.toContain("piece-0");
  expect(await second.pieces()).toContain("piece-1");
});

test("takes of which one is long are joined all the same", async () => {
  await work(PIECE_SECONDS);
  const id = await addTakes(services, userId, [
    { ...captureContent(CAPTURE), startedAfterMs: 0 },
    { ...captureContent("sp_vfr_vp8"), startedAfterMs: 30_000, cause: "page_closed" },
  ]);
  const recording = await reach(services, id);
  expect(recording).toMatchObject({ state: "ready", failureMessage: null });
  const mp4 = mp4Of(services, recording);
  expect(decodingErrors(mp4)).toBe("");
  const wholeTimes = pictureTimesMs(whole.mp4);
  expectSameTimes(pictureTimesMs(mp4).slice(0, wholeTimes.length), wholeTimes);
});
