/** Enhanced RTMP: HEVC, AV1 and VP9 with Opus become an MP4 that browsers play. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { probeFile, videoOf } from "@/tests/integration/compile/media-facts";
import { newStreamKey } from "@/tests/support/encoder";
import { makeEnhanced, sendAll } from "@/tests/support/enhanced-stream";
import { readTags } from "@/tests/support/flv-tags";
import { decodeErrors } from "@/tests/support/media-facts";
import { RtmpClient } from "@/tests/support/rtmp-client";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

const SECONDS = 3;
const DURATION_TOLERANCE_SECONDS = 0.3;
const HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "bframes=0:log-level=none"];
const AV1 = ["-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "pred-struct=1"];
const VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"];
const OPUS = ["-c:a", "libopus"];
const AAC = ["-c:a", "aac"];

let folder: string;
let server: TestServer;
let worker: RunningWorker;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-enhanced-"));
  server = await startTestServer({ RTMP_LISTEN: "127.0.0.1:0" });
  worker = await startWorker(server.services);
});
afterAll(async () => {
  await worker?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  { name: "HEVC and Opus", encoders: [...HEVC, ...OPUS] },
  { name: "AV1 and Opus", encoders: [...AV1, ...OPUS] },
  { name: "VP9 and AAC", encoders: [...VP9, ...AAC] },
])("$name are kept as they were sent, and become H.264 and AAC", async ({ name, encoders }) => {
  const messages = await makeEnhanced(path.join(folder, `${name}.mkv`), encoders, SECONDS);
  const { id: keyId, key } = await newStreamKey(server, { name });
  const client = await RtmpClient.publish(server.server.rtmp.port as number, "live", key);
  sendAll(client, messages);
  client.leave();
  await client.closed();
  const { database, folder: recordings } = server.services;
  const find = () => database.recording.findFirst({ where: { streamKeyId: keyId }, include: { tracks: true } });
  await expect.poll(async () => (await find())?.state).not.toBe("recording");
  await expect.poll(async () => (await find())?.tracks[0]?.finishedAt).toBeTruthy();
  const row = await find();
  const tags = await readTags(recordings.file(row?.id as string, row?.tracks[0]?.filename as string));
  const bodies = (type: "video" | "audio") =>
    messages.filter((message) => message.type === type).map(({ body }) => body.toString("hex"));
  const kept = (type: "video" | "audio") =>
    tags.filter((tag) => tag.type === type).map(({ body }) => body.toString("hex"));
  expect(kept("video")).toEqual(bodies("video"));
  expect(kept("audio")).toEqual(bodies("audio"));

  const ready = await reach(server.services, row?.id as string);
  expect(ready).toMatchObject({ state: "ready", followRefusal: "parameters", gaps: [], width: 320, height: 180 });
  const mp4 = mp4Of(server.services, ready);
  const { streams, format } = probeFile(mp4);
  expect(streams.map(({ codec_name }) => codec_name).sort()).toEqual(["aac", "h264"]);
  expect(Math.abs(Number(format.duration) - SECONDS)).toBeLessThan(DURATION_TOLERANCE_SECONDS);
  expect(await decodeErrors(mp4)).toBe("");
  const pictures = messages.filter(({ type }) => type === "video").length - 1;
  // Some share a millisecond of the clock with their neighbour.
  expect(Number(videoOf(mp4)?.nb_read_packets)).toBeGreaterThanOrEqual(Math.floor(pictures * 0.95));
});
