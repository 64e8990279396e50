/** Snapshots through the real server, worker and FFmpeg: the contract, time to the frame, and what goes wrong. */
import { appendFile, readFile, truncate } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer } from "@/server/server";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { greyOf, greysOf, makePictures, SnapshotSource } from "@/tests/support/snapshot-source";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** Encoding, and the conversion between the ranges of grey; neighbours are at least 43 apart. */
const GREY_TOLERANCE = 6;
const STEP_MS = 200;

let server: TestServer;
let worker: RunningWorker;
let pictures: Buffer[];

beforeAll(async () => {
  [server, pictures] = await Promise.all([startTestServer(), makePictures(60)]);
  worker = await startWorker(server.services);
});
afterAll(async () => {
  await worker.close();
  await server.stop();
});

async function newSession(): Promise<string> {
  const { body, status } = await server.ask("POST", "/api/focus/sessions", {
    session_name: "Focus",
    subject: "Reading",
    initial_score: 0.5,
  });
  expect(status).toBe(201);
  return body.session_id;
}

const picture = (number: number) => pictures[number] as Buffer;

test("a light client sends JPEGs and gets a reply for each; stopping gives the file with all that is known of it", async () => {
  const session = await newSession();
  const source = new SnapshotSource(server.url, session, server.token, "");
  await source.connect({ light: true });
  source.socket?.send(picture(0));
  expect(await source.hear("result")).toMatchObject({ sequence: 1, recording: { enabled: false, active: false } });

  const started = await server.ask(
    "POST",
    `/api/recordings/sessions/${session}/start?fps=25&resolution=320x180&codec=mp4v`,
  );
  expect(started).toMatchObject({ status: 200, body: { status: "recording", fps: 25, width: 320, height: 180 } });
  for (let number = 1; number <= 6; number += 1) {
    source.socket?.send(picture(number));
    await pause(50);
  }
  await source.hear("result", ({ recording, sequence }) => recording.active && sequence === 6);
  const stopped = await server.ask("POST", `/api/recordings/sessions/${session}/stop`);
  expect(stopped.status).toBe(200);
  const { recording_id: id, frame_count: frames, duration_seconds: seconds } = stopped.body;
  expect(stopped.body).toMatchObject({
    status: "ready",
    session_id: session,
    codec: "mp4v",
    storage_provider: "local",
  });
  expect(stopped.body.file_name).toMatch(new RegExp(`^session_${session}_\\d{8}_\\d{6}\\.mp4$`));
  expect(seconds).toBeCloseTo(frames / 25, 3);

  const row = await reach(server.services, id, ["ready"]);
  expect(row.outputs.map(({ kind, videoCodec }) => [kind, videoCodec])).toEqual([
    ["mp4", "h264"],
    ["mp4v", "mpeg4"],
    ["thumbnail", null],
  ]);
  const greys = await greysOf(mp4Of(server.services, row));
  expect(greys).toHaveLength(frames);
  const download = await fetch(`${server.url}${stopped.body.download_url}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect(download.headers.get("content-disposition")).toContain(stopped.body.file_name);
  expect((await download.arrayBuffer()).byteLength).toBe(stopped.body.file_size_bytes);

  const listed = await server.ask("GET", `/api/recordings/sessions/${session}`);
  expect(listed.body.map((each: { recording_id: string }) => each.recording_id)).toEqual([id]);
  expect((await server.ask("GET", "/api/recordings/")).body[0].recording_id).toBe(id);
  expect((await server.ask("POST", `/api/recordings/sessions/${session}/stop`)).status).toBe(409);
  expect((await server.ask("POST", `/api/focus/sessions/${session}/end`)).body).toMatchObject({ status: "ended" });
  expect((await server.ask("DELETE", `/api/recordings/${id}`)).status).toBe(200);
  expect((await server.ask("GET", `/api/recordings/${id}/download`)).status).toBe(404);
  source.socket?.close();
});

test("ten sessions under jitter, drops, pauses and bursts: every frame is the right one, and their number is exact", async () => {
  const runs = await Promise.all(Array.from({ length: 10 }, (_, index) => chaos(index)));
  for (const { recordingId, taken, endedMs } of runs) {
    const row = await reach(server.services, recordingId, ["ready", "failed"]);
    expect(row.failureMessage).toBeNull();
    const firstMs = taken[0]?.capturedMs as number;
    const frames = Math.round(((endedMs - firstMs) * 30) / 1000);
    const greys = await greysOf(mp4Of(server.services, row));
    expect(greys).toHaveLength(frames);
    expect(row.durationMs).toBe(Math.round((frames * 1000) / 30));
    const wrong = greys.flatMap((grey, index) => {
      const shown = taken.findLast(({ capturedMs }) => Math.round(((capturedMs - firstMs) * 30) / 1000) <= index);
      const expected = greyOf(shown?.number as number);
      return Math.abs(grey - expected) > GREY_TOLERANCE ? [{ index, grey, expected }] : [];
    });
    expect(wrong).toEqual([]);
    expect(row.gaps.map(({ code }) => code)).toEqual(recordingId === runs[0]?.recordingId ? ["no_pictures"] : []);
  }
});

/** Six seconds. The first stands still for three, the second is cut off for as long and sends it all at once. */
async function chaos(index: number) {
  let seed = index + 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const session = await newSession();
  const source = new SnapshotSource(server.url, session, server.token);
  await source.connect();
  const startMs = Date.now();
  const taken: { number: number; capturedMs: number }[] = [];
  for (let number = 0; number < 30; number += 1) {
    const capturedMs = startMs + number * STEP_MS;
    // A connection delays by up to a fifth of a second, and keeps the order.
    await pause(Math.max(0, capturedMs + random() * STEP_MS - Date.now()));
    const isAway = number > 10 && number <= 25;
    if (index === 1 && number === 11) await source.cut();
    if (index === 1 && number === 26) await source.connect();
    if (random() < 0.1 || (index === 0 && isAway)) continue;
    source.take(picture(number), capturedMs, { isConnected: index !== 1 || !isAway });
    taken.push({ number, capturedMs });
  }
  const endedMs = startMs + 30 * STEP_MS;
  await pause(Math.max(0, endedMs - Date.now()));
  const finished = await source.finish(endedMs);
  expect(finished.frames).toBe(taken.length);
  return { recordingId: finished.recordingId as string, taken, endedMs };
}

test("pictures that are none are refused with a reason, and the session goes on", async () => {
  const source = new SnapshotSource(server.url, await newSession(), server.token);
  await source.connect();
  const bomb = Buffer.from(picture(0));
  const header = bomb.indexOf(Buffer.from([0xff, 0xc0]));
  bomb.writeUInt16BE(0xffff, header + 5);
  bomb.writeUInt16BE(0xffff, header + 7);
  const cases = [
    [Buffer.from("GIF89a"), "not_jpeg"],
    [picture(0).subarray(0, 200), "jpeg_truncated"],
    [bomb, "snapshot_too_large"],
    [Buffer.concat([picture(0), picture(1)]), "jpeg_damaged"],
    [Buffer.alloc(5 * 1024 ** 2, 0xff), "snapshot_too_large"],
  ] as const;
  source.take(picture(1));
  for (const [jpeg, code] of cases) {
    const sequence = source.take(jpeg);
    const error = await source.hear("error", (message) => message.sequence === sequence);
    expect(error).toMatchObject({ code, recording: { enabled: true, active: true } });
  }
  await source.acknowledged(source.take(picture(2)));
  expect(await source.finish()).toMatchObject({ frames: 2 });
});

test("a server that is killed tears the last snapshot; the source sends it again, and each is there once", async () => {
  const own = await startTestServer();
  const ownWorker = await startWorker(own.services);
  const { body } = await own.ask("POST", "/api/focus/sessions", {});
  const source = new SnapshotSource(own.url, body.session_id, own.token);
  await source.connect();
  const startMs = Date.now();
  for (let number = 0; number < 5; number += 1) source.take(picture(number), startMs + number);
  await source.acknowledged(5);
  const { body: running } = await own.ask("GET", "/api/v1/snapshots");
  const [{ recordingId }] = running;
  await own.server.close();
  // The fifth is torn, and something else of it is left.
  const file = own.services.folder.file(recordingId, "video.webm");
  await truncate(file, (await readFile(file)).length - 20);
  await appendFile(file, Buffer.from([0x1f, 0x43]));
  const again = await startServer(own.services, null);
  source.kept.unshift({ sequence: 5, capturedMs: startMs + 4, jpeg: picture(4) });
  const address = `${again.url.replace(/^http/, "ws")}/api/focus/ws/${body.session_id}?enable_recording=true`;
  await source.connect({ address });
  expect(source.messages.findLast(({ type }) => type === "ready")).toMatchObject({ sequence: 4, recordingId });
  const capturedMs = Date.now();
  await source.acknowledged(source.take(picture(6), capturedMs));
  const endedMs = capturedMs + 500;
  await pause(endedMs - Date.now());
  expect(await source.finish(endedMs)).toMatchObject({ frames: 6, durationMs: endedMs - startMs });
  const row = await reach(own.services, recordingId, ["ready"]);
  const greys = await greysOf(mp4Of(own.services, row));
  expect(greys).toHaveLength(Math.round(((endedMs - startMs) * 30) / 1000));
  expect(Math.abs((greys.at(-1) as number) - greyOf(6))).toBeLessThanOrEqual(GREY_TOLERANCE);
  await ownWorker.close();
  await again.close();
  await own.services.dispose();
});

test("an analyzer in the worker says of snapshots what is on them", async () => {
  const source = new SnapshotSource(server.url, await newSession(), server.token);
  await source.connect();
  let number = 0;
  const found = source.hear("result", ({ detection }) => Number(detection?.motion) > 0.9);
  const feeding = setInterval(() => source.take(picture(number++ % 20)), 100);
  const { detection } = await found;
  clearInterval(feeding);
  expect(detection).toMatchObject({ motion: 1, frozen: false });
  expect(detection?.brightness).toBeGreaterThan(0);
  await source.finish();
});

test("what runs is seen by its owner alone, with any picture of it", async () => {
  const session = await newSession();
  const source = new SnapshotSource(server.url, session, server.token);
  await source.connect();
  const startMs = Date.now() - 1000;
  for (let number = 0; number < 5; number += 1) source.take(picture(number), startMs + number * STEP_MS);
  await source.acknowledged(5);
  const other = await server.addUser();
  const { body: running } = await server.ask("GET", "/api/v1/snapshots");
  const [{ recordingId }] = running;
  expect(running[0]).toMatchObject({ sessionId: session, connected: true, snapshots: 5, width: 64, height: 48 });
  const get = (query: string, token: string) =>
    fetch(`${server.url}/api/v1/snapshots/${recordingId}/picture${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const bytes = async (query: string) => Buffer.from(await (await get(query, server.token)).arrayBuffer());
  expect((await bytes("")).equals(picture(4))).toBe(true);
  expect((await bytes("?at=450")).equals(picture(2))).toBe(true);
  expect((await get("", other.token)).status).toBe(404);
  expect((await server.ask("GET", "/api/v1/snapshots", undefined, other.token)).body).toEqual([]);
  expect((await server.ask("POST", `/api/focus/sessions/${session}/end`, undefined, other.token)).status).toBe(404);
  const stranger = new SnapshotSource(server.url, session, other.token);
  await expect(stranger.connect()).rejects.toThrow("session_not_found");
  await source.finish();
});
