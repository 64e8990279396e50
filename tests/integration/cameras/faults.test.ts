/** Cameras that fail in every way, and workers that are killed: it is noticed, said in words, and recording goes on. */
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { FakeCamera, type Fault, makePictures, type Pictures } from "@/tests/support/fake-camera";
import { type RunningProgram, startWorkerProcess } from "@/tests/support/processes";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { startTlsFront } from "@/tests/support/tls-front";
import { type RunningWorker, startWorker } from "@/worker/worker";

const WORKER = [inject("workerFile")];

let server: TestServer;
let worker: RunningWorker | null = null;
let pictures: Pictures;
const cameras: FakeCamera[] = [];
const programs: RunningProgram[] = [];

beforeAll(async () => {
  [server, pictures] = await Promise.all([
    startTestServer({
      ...{ OUTBOUND_NETWORKS: "127.0.0.1", SEGMENT_SECONDS: "3600", CAMERA_THUMBNAIL_SECONDS: "0" },
      CAMERA_TLS_VERIFY: "true",
    }),
    makePictures(),
  ]);
});

afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop("SIGKILL");
  await worker?.close();
  worker = null;
  for (const camera of cameras.splice(0)) await camera.close();
});

afterAll(async () => {
  await server?.stop();
});

async function addCamera(id: string, fault: Fault): Promise<FakeCamera> {
  const camera = new FakeCamera({ pictures, fault });
  cameras.push(camera);
  const url = `rtsp://127.0.0.1:${await camera.listen()}/live`;
  expect((await server.ask("POST", "/api/v1/cameras", { id, name: id, url, start: true })).status).toBe(201);
  return camera;
}

const gapsOf = (cameraId: string) =>
  server.services.database.cameraGap.findMany({ where: { cameraId }, orderBy: { fromAt: "asc" } });
const stateOf = async (id: string) => (await server.ask("GET", `/api/v1/cameras/${id}`)).body;

test("each fault is noticed, written down with its cause, and the camera is recorded again when it is over", async () => {
  worker = await startWorker(server.services);
  const faults = { stall: "no_picture", drop: "closed", garbage: "garbage" } as const;
  const failing = await Promise.all(
    Object.keys(faults).map(async (fault) => ({
      fault: fault as keyof typeof faults,
      camera: await addCamera(fault, fault as Fault),
    })),
  );
  const jumping = await addCamera("jump", "jump");
  for (const { fault, camera } of failing) {
    const [gap] = await eventually(async () => {
      const gaps = await gapsOf(fault);
      expect(gaps.length).toBeGreaterThan(0);
      return gaps;
    });
    expect(gap).toMatchObject({ code: faults[fault] });
    if (fault === "stall") {
      expect(gap?.words).toMatch(/^No picture came for \d+ s\./);
      // Noticed within 10 s of the last picture; a machine that is shared may take as long again.
      const { lastErrorAt } = await server.services.database.camera.findUniqueOrThrow({ where: { id: fault } });
      expect((lastErrorAt?.getTime() ?? 0) - (gap?.fromAt.getTime() ?? 0)).toBeLessThan(20_000);
    }
    camera.fault = "none";
  }
  for (const { fault } of failing) {
    await eventually(async () => {
      expect(await stateOf(fault)).toMatchObject({ state: "recording", error: null });
      expect((await gapsOf(fault)).every(({ toAt }) => toAt !== null)).toBe(true);
    });
  }
  // A camera whose clock jumps by an hour is recorded on, by the clock here; nothing is cut and nothing is missing.
  expect(jumping.connections).toBe(1);
  expect(await gapsOf("jump")).toEqual([]);
  await server.ask("POST", "/api/v1/cameras/jump/stop");
  const [segment] = await eventually(async () => {
    const rows = await server.services.database.cameraSegment.findMany({ where: { cameraId: "jump" } });
    expect(rows).toHaveLength(1);
    return rows;
  });
  expect(segment?.durationMs).toBeLessThan(120_000);
});

test("an address that does not work is told in words, and nothing forbidden is connected to", async () => {
  worker = await startWorker(server.services);
  const look = async (url: string) => (await server.ask("POST", "/api/v1/camera-tests", { url })).body;
  const locked = new FakeCamera({ pictures, fault: "locked" });
  const elsewhere = new FakeCamera({ pictures, fault: "redirect" });
  const mute = new FakeCamera({ pictures, fault: "silent" });
  const well = new FakeCamera({ pictures });
  cameras.push(locked, elsewhere, mute, well);
  const at = async (camera: FakeCamera) => `rtsp://127.0.0.1:${await camera.listen()}/live`;
  expect(await look("rtsp://127.0.0.1:1/x")).toMatchObject({ ok: false, code: "refused" });
  expect(await look("rtsp://127.0.0.2:554/x")).toMatchObject({ ok: false, code: "address_forbidden" });
  expect(await look(await at(locked))).toMatchObject({ code: "wrong_password", message: /user name/ });
  expect(await look(await at(elsewhere))).toMatchObject({ code: "redirected" });
  // As if it had gone without a word: the connection stands, and nothing comes.
  expect(await look(await at(mute))).toMatchObject({ ok: false, code: "unreachable" });
  const open = await at(well);
  const front = await startTlsFront(Number(new URL(open.replace("rtsp", "http")).port));
  expect(await look(`rtsps://localhost:${front.port}/live`)).toMatchObject({ ok: false, code: "tls_failed" });
  await front.close();
  expect(await look(open)).toMatchObject({ ok: true, videoCodec: "h264", width: 192, audioCodec: null });
});

test("a killed worker's cameras are recorded by another within 30 s, and what it had written is kept", async () => {
  await addCamera("taken-over", "none");
  const first = await startWorkerProcess(WORKER, server.services.environment);
  programs.push(first);
  await eventually(async () => expect((await stateOf("taken-over")).state).toBe("recording"));
  worker = await startWorker(server.services);
  // Something is on disk that only a file tells of.
  await eventually(async () => {
    const { liveFilename } = await server.services.database.camera.findUniqueOrThrow({ where: { id: "taken-over" } });
    const { body } = await server.ask("GET", "/api/v1/cameras/taken-over/live.m3u8");
    expect(liveFilename).not.toBeNull();
    expect(String(body)).toMatch(/#EXTINF/);
  });
  process.kill(first.child.pid as number, "SIGKILL");
  const killedAt = Date.now();
  const [gap] = await eventually(async () => {
    const gaps = await gapsOf("taken-over");
    expect(gaps[0]?.toAt).toBeInstanceOf(Date);
    return gaps;
  });
  expect(gap).toMatchObject({ code: "worker_lost" });
  // A machine that is shared may take as long again.
  expect((gap?.toAt?.getTime() ?? 0) - killedAt).toBeLessThan(60_000);
  const [left] = await server.services.database.cameraSegment.findMany({ where: { cameraId: "taken-over" } });
  expect(left?.durationMs).toBeGreaterThan(500);
  expect(Number(left?.sizeBytes) % 188).toBe(0);
});

test("a camera that is stopped, started and changed in one breath is recorded on by one connection after another", async () => {
  worker = await startWorker(server.services);
  const camera = await addCamera("hasty", "none");
  const find = () => server.services.database.camera.findUniqueOrThrow({ where: { id: "hasty" } });
  const isRecorded = (connections: number) =>
    eventually(async () => {
      expect(camera.connections).toBeGreaterThanOrEqual(connections);
      expect((await stateOf("hasty")).state).toBe("recording");
    });
  await isRecorded(1);
  await server.ask("POST", "/api/v1/cameras/hasty/stop");
  await server.ask("POST", "/api/v1/cameras/hasty/start");
  await isRecorded(2);
  await server.ask("PATCH", "/api/v1/cameras/hasty", { segmentSeconds: 60 });
  await isRecorded(3);
  // Whoever has it says so twice more: nobody has taken it away again.
  for (let beat = 0; beat < 2; beat += 1) {
    const { heartbeatAt } = await find();
    await eventually(async () => expect((await find()).heartbeatAt).not.toEqual(heartbeatAt));
  }
  expect(await find()).toMatchObject({ state: "recording", workerId: expect.any(String) });
  expect(camera.connections).toBe(3);
});
