/** Redis that dies, forgets everything or does not answer: every recording ends ready all the same, with one file. */
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chunksOf } from "@/tests/integration/compile/capture-recording";
import { eventually } from "@/tests/support/eventually";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { TrackClient } from "@/tests/support/track-client";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** What is promised: so long after Redis is back, everything has ended. */
const PROMISED_MS = 60_000;

const sound = Buffer.concat(chunksOf("sp_odd_vp8", "audio").map(({ bytes }) => bytes));

let server: TestServer;
let redis: TestRedis;
let worker: RunningWorker;
beforeAll(async () => {
  // What is compiled while it runs does not come to the queue.
  server = await startTestServer({ FOLLOW_MAX_RECORDINGS: "0" });
  redis = server.services.redisServer;
  worker = await startWorker(server.services, { retryDelayMs: 10 });
});
afterAll(async () => {
  await worker.close();
  await server.stop();
  await redis.stop();
});

/** Records the sound of a capture over a socket, to the end. @returns the recording's id */
async function record(): Promise<string> {
  const { body } = await server.ask("POST", "/api/v1/recordings", { tracks: ["audio"] });
  const client = new TrackClient(server.url, `/ws/audio?session=${body.id}`, server.token);
  await client.hear("ready");
  client.send({ type: "start", mimeType: "audio/webm;codecs=opus", startedAtMs: Date.now(), browser: "chromium" });
  client.send(sound);
  client.send({ type: "finish", offset: sound.length });
  await client.hear("finished");
  return body.id;
}

function compilingBegun(): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = server.services.changes.subscribe((change) => {
      if (change.kind !== "progress" || change.progress.phase !== "compiling") return;
      unsubscribe();
      resolve();
    });
  });
}

/** Waits for what is promised once Redis is back. */
async function expectReady(ids: string[]): Promise<void> {
  const { database, folder } = server.services;
  await vi.waitFor(
    async () => {
      const rows = await database.recording.findMany({ where: { id: { in: ids } }, select: { state: true } });
      expect(rows.map(({ state }) => state)).toEqual(ids.map(() => "ready"));
    },
    { timeout: PROMISED_MS, interval: 100 },
  );
  for (const recordingId of ids) {
    expect(await database.output.count({ where: { recordingId, kind: "mp4" } })).toBe(1);
    await eventually(async () => expect(await readdir(folder.folder(recordingId))).not.toContain("work"));
    const files = (await readdir(folder.folder(recordingId))).filter((name) => name.endsWith(".mp4"));
    expect(files).toEqual([`${recordingId}.mp4`]);
  }
}

test("killed while one is compiled, another waits and a third is recorded, and empty when it is back", async () => {
  const begun = compilingBegun();
  const ids = [await record(), await record()];
  await begun;
  await redis.stop("SIGKILL");
  ids.push(await record());
  redis = await startRedis(redis.port);
  await expectReady(ids);
});

test("emptied while recordings wait in it", async () => {
  const ids = [await record(), await record(), await record()];
  await server.services.redis.flushall();
  await expectReady(ids);
});

test("that answers nothing for ten seconds keeps no recording from ending, and none from its file", async () => {
  await server.services.redis.call("CLIENT", "PAUSE", "10000", "ALL");
  const ids = [await record(), await record()];
  await expectReady(ids);
});
