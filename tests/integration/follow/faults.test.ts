/** What goes wrong while a recording is followed: it is ready or failed all the same, with one file. */
import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import { beginTake, deleteRecording } from "@/lib/server/recordings/lifecycle";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { captureContent, chunksOf } from "@/tests/integration/compile/capture-recording";
import { reach } from "@/tests/integration/compile/compile-support";
import { beginLive } from "@/tests/integration/follow/live-recording";
import { eventually } from "@/tests/support/eventually";
import { type RunningProgram, startWorkerProcess } from "@/tests/support/processes";
import { startRedis } from "@/tests/support/redis";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

let server: TestServer;
const workers: RunningWorker[] = [];
const running: RunningProgram[] = [];

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close();
  for (const program of running.splice(0)) await program.stop("SIGKILL");
});

afterAll(async () => {
  await server.stop();
});

async function work(): Promise<void> {
  workers.push(await startWorker(server.services));
}

async function startProcess(): Promise<RunningProgram> {
  const program = await startWorkerProcess([inject("workerFile")], server.services.environment);
  running.push(program);
  return program;
}

const still = () => captureContent("sp_still_h264");
const filesOf = (id: string) => readdir(server.services.folder.folder(id));

/** Waits until something of the recording is in a live MP4. */
async function followed(id: string): Promise<void> {
  await eventually(async () => expect(await filesOf(id)).toContain(LIVE_INDEX_FILENAME));
}

async function expectOneFile(id: string): Promise<void> {
  const { database, folder } = server.services;
  const output = await database.output.findFirstOrThrow({ where: { recordingId: id, kind: "mp4" } });
  expect((await filesOf(id)).filter((name) => name.endsWith(".mp4"))).toEqual([output.filename]);
  expect(await sha256OfFile(folder.file(id, output.filename))).toBe(output.sha256);
}

test("a worker that is killed leaves a recording that is ready after its end, with one file", async () => {
  const first = await startProcess();
  const live = await beginLive(server, still());
  await live.send(0.7);
  await followed(live.id);
  process.kill(first.child.pid as number, "SIGKILL");
  await startProcess();
  await live.finish();
  expect(await reach(server.services, live.id)).toMatchObject({ state: "ready", failureMessage: null });
  await expectOneFile(live.id);
});

test("a recording that is deleted while it is followed leaves nothing", async () => {
  await work();
  const live = await beginLive(server, still());
  await live.send(0.7);
  await followed(live.id);
  await deleteRecording(server.services, server, live.id);
  await live.close();
  await eventually(async () => expect(await readdir(server.services.folder.root)).not.toContain(live.id));
  expect(await server.services.database.recording.count({ where: { id: live.id } })).toBe(0);
});

test("another take ends the following, and all of it is compiled afterwards", async () => {
  await work();
  const { services } = server;
  const audio = chunksOf("sp_odd_vp8", "audio");
  const live = await beginLive(server, { audio });
  await live.send(0.6);
  await eventually(async () =>
    expect(await services.database.recording.findUnique({ where: { id: live.id } })).not.toMatchObject({
      followedBy: null,
    }),
  );
  await beginTake(services, server, live.id, { cause: "page_closed", tracks: ["audio"] });
  await eventually(async () =>
    expect(await services.database.recording.findUnique({ where: { id: live.id } })).toMatchObject({
      followRefusal: "several_takes",
      followedBy: null,
    }),
  );
  expect((await filesOf(live.id)).filter((name) => name.startsWith("live"))).toEqual([]);
  await server.ask("POST", `/api/v1/recordings/${live.id}/stop`);
  await live.close();
});

test("a track of garbage is not followed; the other one is compiled", async () => {
  await work();
  const video = Buffer.alloc(200_000, "no picture at all ");
  const live = await beginLive(server, { video, audio: chunksOf("sp_odd_vp8", "audio") });
  await live.finish();
  const recording = await reach(server.services, live.id);
  expect(recording).toMatchObject({ state: "ready", followRefusal: "unreadable" });
  expect(recording.gaps).toMatchObject([{ kind: "video", code: "track_missing" }]);
  await expectOneFile(live.id);
});

test("what a recorder of MP4 writes is compiled afterwards", async () => {
  await work();
  const live = await beginLive(server, { audio: chunksOf("c20_mp4_1000", "audio") });
  await live.finish();
  expect(await reach(server.services, live.id)).toMatchObject({ state: "ready", followRefusal: "unreadable" });
  await expectOneFile(live.id);
});

test("bytes that are missing in the middle are found, and the recording is compiled with its gap", async () => {
  await work();
  const chunks = chunksOf("hd_08", "audio");
  const live = await beginLive(server, { audio: [...chunks.slice(0, 12), ...chunks.slice(20)] });
  await live.send(0.5);
  await live.finish();
  const recording = await reach(server.services, live.id);
  expect(recording.state).toBe("ready");
  expect(recording.gaps.map(({ code }) => code)).toContain("damaged");
  await expectOneFile(live.id);
});

test("Redis that is away does not keep a recording from being ready", async () => {
  await work();
  const { services } = server;
  const live = await beginLive(server, still());
  await live.send(0.7);
  await followed(live.id);
  await services.redisServer.stop("SIGKILL");
  await live.finish();
  expect(await reach(services, live.id)).toMatchObject({ state: "ready", compileAttempts: 1, followRefusal: null });
  await expectOneFile(live.id);
  // When it is back, empty, what is to be checked is found in the database.
  running.push(await startRedis(services.redisServer.port));
  await eventually(async () => expect(await services.database.output.count({ where: { isUnchecked: true } })).toBe(0));
});
