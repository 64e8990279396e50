/** Workers that record streams are killed, stopped and outlived by the recording. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { decodeErrors, readMediaFacts } from "@/tests/support/media-facts";
import { type MjpegSource, makeJpegs, startMjpegSource } from "@/tests/support/mjpeg-source";
import { type RunningProgram, startWorkerProcess } from "@/tests/support/processes";
import { startTestServer, type TestServer } from "@/tests/support/server";

/** Recording again on another worker: 30 s are promised, and a machine that is shared may take as long again. */
const TAKE_OVER_MS = 60_000;
/** A fragment of a second, what waits to be synced, and the second a fragment is late on a busy machine. */
const LOST_MS = 3000;

let server: TestServer;
let source: MjpegSource;
let stopPlaying: () => void;
const running: RunningProgram[] = [];

beforeAll(async () => {
  server = await startTestServer({ OUTBOUND_NETWORKS: "127.0.0.1" });
  source = await startMjpegSource();
  stopPlaying = source.play(await makeJpegs(30), () => 50);
});
afterAll(async () => {
  stopPlaying();
  for (const program of running) await program.stop("SIGKILL");
  await source.close();
  await server.stop();
});

async function startProcess(): Promise<RunningProgram> {
  const program = await startWorkerProcess([inject("workerFile")], server.services.environment);
  running.push(program);
  return program;
}

const streamOf = async (id: string) => (await server.ask("GET", `/api/v1/mjpeg-captures/${id}`)).body;

async function frames(id: string, count: number): Promise<number> {
  return vi.waitFor(
    async () => {
      const stream = await streamOf(id);
      expect(stream.frames).toBeGreaterThanOrEqual(count);
      return stream.frames;
    },
    { timeout: TAKE_OVER_MS, interval: 200 },
  );
}

test("a killed worker costs a moment, and one that is stopped less; the file holds it all", async () => {
  const first = await startProcess();
  const { body } = await server.ask("POST", "/podsinspace/recording/start", { stream_url: source.url });
  const id = body.recording_id;
  const second = await startProcess();
  const before = await frames(id, 40);
  const killedAt = Date.now();
  process.kill(first.child.pid as number, "SIGKILL");
  await second.waitFor(/"stream is being recorded"/, TAKE_OVER_MS);
  const after = await frames(id, before + 40);
  expect(Date.now() - killedAt).toBeLessThan(TAKE_OVER_MS);

  await second.stop();
  expect(await streamOf(id)).toMatchObject({ state: "waiting", endedAt: null });
  await startProcess();
  await frames(id, after + 20);
  const stopped = await server.ask("POST", `/podsinspace/recording/stop/${id}`);
  expect(stopped.body).toMatchObject({ success: true });

  const { recordingId, filename } = await streamOf(id);
  await eventually(async () =>
    expect((await server.ask("GET", `/api/v1/recordings/${recordingId}`)).body.state).toBe("ready"),
  );
  const recording = (await server.ask("GET", `/api/v1/recordings/${recordingId}`)).body;
  expect(recording.tracks.map(({ take }: { take: number }) => take)).toEqual([1, 2, 3]);
  expect(recording.gaps.map(({ code }: { code: string }) => code)).toEqual([
    "recorder_restarted",
    "recorder_restarted",
  ]);
  // Up to the kill everything but the last moment is there: the gap begins where the first take's file ends.
  const { startedAtMs } = await server.services.database.track.findFirstOrThrow({
    where: { recordingId, takeNumber: 1 },
  });
  expect(recording.gaps[0].fromMs).toBeGreaterThan(killedAt - Number(startedAtMs) - LOST_MS);

  const response = await fetch(`${server.url}/podsinspace/recording/download/${filename}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  const file = path.join(server.services.config.DATA_DIR, "taken-over.mp4");
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  const { durationSeconds } = await readMediaFacts(file);
  expect(durationSeconds * 1000).toBeCloseTo(recording.durationMs, -2);
  expect(await decodeErrors(file)).toBe("");
});
