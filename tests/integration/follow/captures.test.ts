/** Captures of a real browser are ready the moment they end, and what was compiled on the way is what was recorded. */
import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { captureContent } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import {
  decodingErrors,
  expectSameTimes,
  pictureTimesMs,
  probeFile,
  soundOf,
  soundShiftMs,
} from "@/tests/integration/compile/media-facts";
import { beginLive } from "@/tests/integration/follow/live-recording";
import { eventually } from "@/tests/support/eventually";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

interface Expected {
  capture: string;
  isCopied: boolean;
  /** Without a part of it. */
  only?: "video" | "audio";
  /** How much later the picture was captured than the sound, measured from the content, in milliseconds. */
  startOffsetMs?: number;
}

const CAPTURES: Expected[] = [
  { capture: "c20_h264_250", isCopied: true, startOffsetMs: 28.6 },
  { capture: "hd_08", isCopied: true, startOffsetMs: -467.6 },
  { capture: "sp_still_h264", isCopied: true },
  { capture: "sp_still_h264", isCopied: true, only: "video" },
  { capture: "hd_08", isCopied: false, only: "audio" },
  { capture: "sp_res_vp8", isCopied: false },
];

/** The aim: what is seen and what is heard are this close. */
const SYNC_TOLERANCE_MS = 20;
const LONGEST_SHIFT_MS = 600;

let server: TestServer;
let worker: RunningWorker;

beforeAll(async () => {
  server = await startTestServer();
  worker = await startWorker(server.services);
});

afterAll(async () => {
  await worker.close();
  await server.stop();
});

function picturesOf(file: string): string[] {
  const args = ["-v", "error", "-i", file, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"];
  return execFileSync("ffmpeg", args, { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.startsWith("0,"))
    .map((line) => line.split(",").at(-1)?.trim() ?? "");
}

describe.each(CAPTURES)("$capture $only", ({ capture, isCopied, only, startOffsetMs }) => {
  let recording: RecordingWithParts;
  let mp4: string;

  beforeAll(async () => {
    const all = captureContent(capture);
    const content = only === undefined ? all : { [only]: all[only] };
    const live = await beginLive(server, content, { title: `${capture} “live”` });
    await live.send(0.1);
    // One that ends before a worker has heard of it is compiled after its end, as it should be.
    const { database } = server.services;
    const row = () => database.recording.findUniqueOrThrow({ where: { id: live.id } });
    await eventually(async () => expect(await row()).toMatchObject({ followedBy: expect.any(String) }));
    for (const share of [0.3, 0.5, 0.7, 0.9]) await live.send(share);
    await live.finish();
    recording = await reach(server.services, live.id);
    mp4 = mp4Of(server.services, recording);
  });

  test("was compiled on the way", () => {
    expect(recording).toMatchObject({ state: "ready", followRefusal: null, compileAttempts: 1 });
    expect(recording.gaps).toEqual([]);
  });

  test("has its streams from 0, its title, and decodes without an error", () => {
    const { streams, format } = probeFile(mp4);
    expect(streams.map(({ codec_name }) => codec_name)).toEqual([
      ...(only === "audio" ? [] : ["h264"]),
      ...(only === "video" ? [] : ["aac"]),
    ]);
    for (const { start_time } of streams) expect(Number(start_time)).toBe(0);
    expect(format.tags?.title).toBe(`${capture} “live”`);
    expect(Math.abs(Number(format.duration) * 1000 - (recording.durationMs as number))).toBeLessThan(1);
    expect(decodingErrors(mp4)).toBe("");
  });

  test.runIf(only !== "audio")("has every picture at its time", () => {
    const raw = server.services.folder.file(recording.id, "video.webm");
    const before = pictureTimesMs(raw);
    expectSameTimes(pictureTimesMs(mp4), before);
    if (isCopied && only === "video") expect(picturesOf(mp4)).toEqual(picturesOf(raw));
  });

  test.runIf(startOffsetMs !== undefined)("has sound and picture together", () => {
    const raw = soundOf(server.services.folder.file(recording.id, "audio.webm"));
    const shiftMs = soundShiftMs(raw, soundOf(mp4), LONGEST_SHIFT_MS);
    expect(Math.abs(shiftMs + (startOffsetMs as number))).toBeLessThanOrEqual(SYNC_TOLERANCE_MS);
  });

  test("is checked afterwards, has a thumbnail, and files that are what their rows say", async () => {
    const { database, folder } = server.services;
    const outputs = await eventually(async () => {
      const rows = await database.output.findMany({ where: { recordingId: recording.id }, orderBy: { kind: "asc" } });
      expect(rows.map(({ kind, isUnchecked }) => [kind, isUnchecked])).toEqual([
        ["mp4", false],
        ["thumbnail", false],
      ]);
      return rows;
    });
    for (const { filename, sha256 } of outputs)
      expect(await sha256OfFile(folder.file(recording.id, filename))).toBe(sha256);
    await eventually(async () => expect(await readdir(folder.folder(recording.id))).not.toContain("work"));
    const index = (await readFile(folder.file(recording.id, LIVE_INDEX_FILENAME), "utf8")).trim().split("\n");
    expect(index.length).toBeGreaterThan(2);
  });
});
