/** Segments on their way to the object store: interrupted between any two steps, with the store away, by real workers. */
import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cleanUpCameras } from "@/lib/server/cameras/clean-up";
import type { CameraSegment } from "@/lib/server/database/client";
import {
  pendingUploads,
  segmentKey,
  type UploadStep,
  uploadBacklog,
  uploadSegment,
} from "@/lib/server/uploads/segment-uploads";
import { eventually } from "@/tests/support/eventually";
import { S3_CREDENTIALS, type S3Server, startS3Server } from "@/tests/support/s3-server";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { startWorker } from "@/worker/worker";

const SEGMENT_BYTES = 20_000;

let s3: S3Server;
let server: TestServer;
let made = 0;

beforeAll(async () => {
  s3 = await startS3Server();
  server = await startTestServer({
    ...S3_CREDENTIALS,
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: "tapes",
    CAMERA_RETENTION_DAYS: "7",
    S3_PREFIX: "deck",
  });
  await server.services.database.user.update({ where: { id: server.userId }, data: { role: "admin" } });
  await server.services.database.camera.create({
    data: { id: "door", ownerId: server.userId, name: "Door", rtspUrl: "rtsp://192.0.2.1/", settings: "{}" },
  });
});
afterAll(async () => {
  await server.stop();
  await s3.close();
});
const metrics = async () => (await server.ask("GET", "/metrics")).body as string;

beforeEach(async () => {
  s3.fault = () => undefined;
  await server.services.database.cameraSegment.deleteMany();
});

async function addSegment(): Promise<CameraSegment> {
  made += 1;
  const filename = `2026-11-25-10-00-${String(made).padStart(2, "0")}.ts`;
  const bytes = Buffer.alloc(SEGMENT_BYTES, made);
  const folder = path.join(server.services.folder.root, "cameras", "door");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, filename), bytes);
  const startedAt = new Date(Date.UTC(2026, 10, 25, 10, 0, made));
  return server.services.database.cameraSegment.create({
    data: {
      ...{ id: randomUUID(), cameraId: "door", filename, startedAt, endedAt: startedAt, durationMs: 1000 },
      sizeBytes: BigInt(SEGMENT_BYTES),
      sha256: createHash("sha256").update(bytes).digest("hex"),
    },
  });
}

const rowOf = (id: string) => server.services.database.cameraSegment.findUniqueOrThrow({ where: { id } });
const fileOf = ({ filename }: CameraSegment) => path.join(server.services.folder.root, "cameras", "door", filename);
const isHere = (segment: CameraSegment) =>
  access(fileOf(segment)).then(
    () => true,
    () => false,
  );
const store = () => server.services.objectStore as NonNullable<typeof server.services.objectStore>;

/** A whole copy where the row says there is one. */
async function expectCopy(segment: CameraSegment): Promise<void> {
  const { storage, storageKey, sha256 } = await rowOf(segment.id);
  const bytes =
    storage === "local"
      ? await readFile(fileOf(segment))
      : (s3.objects.get(`deck/${storageKey}`)?.bytes ?? Buffer.alloc(0));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
}

describe("a segment that is moved", () => {
  it.each(["begin", "stored", "noted", "removed", "done"] as const)(
    "has a copy that its row names when its process ends at: %s; the next one goes on",
    async (fatal: UploadStep) => {
      const segment = await addSegment();
      const killed = new Error("the process ended here");
      const onStep = (step: UploadStep) => {
        if (step === fatal) throw killed;
      };
      await expect(uploadSegment(server.services, store(), segment.id, { onStep })).rejects.toBe(killed);
      await expectCopy(segment);
      const stored = s3.requests.filter((request) => request.startsWith("PUT")).length;
      await uploadSegment(server.services, store(), segment.id);
      await expectCopy(segment);
      // What was stored already is not sent again.
      const isSentNow = s3.requests.filter((request) => request.startsWith("PUT")).length > stored;
      expect(isSentNow).toBe(fatal === "begin");
      expect(await isHere(segment)).toBe(false);
      expect(await rowOf(segment.id)).toMatchObject({
        storage: "s3",
        storageKey: segmentKey(segment),
        localRemovedAt: expect.any(Date),
      });
      expect(await pendingUploads(server.services, 10)).toEqual([]);
    },
  );

  it("stays here while the store keeps something else, or answers with errors", async () => {
    for (const fault of ["500", "silent_corrupt"] as const) {
      const segment = await addSegment();
      s3.fault = (request) => (request.startsWith("PUT") ? fault : undefined);
      await expect(uploadSegment(server.services, store(), segment.id)).rejects.toMatchObject({ kind: "unavailable" });
      expect(await isHere(segment)).toBe(true);
      await expectCopy(segment);
      expect((await rowOf(segment.id)).storage).toBe("local");
    }
  });

  it("keeps its copy here when the object was lost before that went", async () => {
    const segment = await addSegment();
    const onStep = (step: UploadStep) => {
      if (step === "noted") throw new Error("the process ended here");
    };
    await expect(uploadSegment(server.services, store(), segment.id, { onStep })).rejects.toThrow("ended");
    s3.objects.delete(`deck/${segmentKey(segment)}`);
    await expect(uploadSegment(server.services, store(), segment.id)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await isHere(segment)).toBe(true);
  });

  it("that is no longer what was recorded is not moved", async () => {
    const segment = await addSegment();
    await writeFile(fileOf(segment), Buffer.alloc(SEGMENT_BYTES, 0xee));
    await expect(uploadSegment(server.services, store(), segment.id)).rejects.toMatchObject({ code: "file_changed" });
    expect(await isHere(segment)).toBe(true);
  });

  it("takes its object with it when it was removed meanwhile", async () => {
    const segment = await addSegment();
    const onStep = (step: UploadStep) => {
      if (step === "stored") throw new Error("the process ended here");
    };
    await expect(uploadSegment(server.services, store(), segment.id, { onStep })).rejects.toThrow("ended");
    const removing = server.services.database.cameraSegment;
    const put = store().put.bind(store());
    const racing = Object.assign(Object.create(store()), {
      async put(...args: Parameters<typeof put>) {
        await put(...args);
        await removing.delete({ where: { id: segment.id } });
      },
      delete: (key: string) => store().delete(key),
    });
    expect(await uploadSegment(server.services, racing, segment.id)).toBeNull();
    expect(s3.objects.has(`deck/${segmentKey(segment)}`)).toBe(false);
  });
});

describe("a segment in the object store", () => {
  const get = (segment: CameraSegment, headers: Record<string, string> = {}, token = server.token) =>
    fetch(`${server.url}/api/v1/cameras/door/segments/${segment.filename}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    });

  it("leaves through the media door, whole and by ranges, to its owner alone", async () => {
    const segment = await addSegment();
    await uploadSegment(server.services, store(), segment.id);
    expect(await isHere(segment)).toBe(false);
    const whole = await get(segment);
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(Buffer.alloc(SEGMENT_BYTES, made));
    const etag = whole.headers.get("etag") as string;
    for (const [range, length, shown] of [
      ["bytes=0-9", 10, `bytes 0-9/${SEGMENT_BYTES}`],
      ["bytes=19990-", 10, `bytes 19990-19999/${SEGMENT_BYTES}`],
      ["bytes=-5", 5, `bytes 19995-19999/${SEGMENT_BYTES}`],
      ["bytes=19999-999999", 1, `bytes 19999-19999/${SEGMENT_BYTES}`],
    ] as const) {
      const part = await get(segment, { range });
      expect(part.status).toBe(206);
      expect(part.headers.get("content-range")).toBe(shown);
      expect((await part.arrayBuffer()).byteLength).toBe(length);
    }
    expect((await get(segment, { range: "bytes=20000-" })).status).toBe(416);
    expect((await get(segment, { "if-none-match": etag })).status).toBe(304);
    expect((await get(segment, { range: "bytes=0-9", "if-range": '"another"' })).status).toBe(200);
    const { token } = await server.addUser();
    expect((await get(segment, {}, token)).status).toBe(404);
    await s3.away();
    expect((await get(segment)).status).toBe(503);
    await s3.back();
  });

  it("goes with its row when retention removes it, and not before the store has heard of it", async () => {
    const segment = await addSegment();
    await uploadSegment(server.services, store(), segment.id);
    const key = `deck/${segmentKey(segment)}`;
    const later = new Date(segment.endedAt.getTime() + 400 * 24 * 3_600_000);
    await s3.away();
    await cleanUpCameras(server.services, later);
    expect(await server.services.database.cameraSegment.count({ where: { id: segment.id } })).toBe(1);
    await s3.back();
    await cleanUpCameras(server.services, later);
    expect(await server.services.database.cameraSegment.count({ where: { id: segment.id } })).toBe(0);
    expect(s3.objects.has(key)).toBe(false);
  });
});

it("a worker moves them oldest first, waits for a store that is away, and the metrics tell", async () => {
  const segments = [await addSegment(), await addSegment(), await addSegment()];
  await s3.away();
  const worker = await startWorker(server.services);
  try {
    await eventually(async () =>
      expect((await rowOf((segments[0] as CameraSegment).id)).uploadAttempts).toBeGreaterThan(0),
    );
    expect(await uploadBacklog(server.services)).toMatchObject({ segments: 3, bytes: 3 * SEGMENT_BYTES });
    const before = await metrics();
    expect(before).toMatch(/recording_upload_backlog_segments 3/);
    expect(before).toMatch(/recording_uploads_total\{status="failed"\} [1-9]/);
    for (const segment of segments) await expectCopy(segment);
    s3.requests.length = 0;
    await s3.back();
    await eventually(async () => expect(await pendingUploads(server.services, 10)).toEqual([]));
    const puts = s3.requests
      .filter((request) => request.startsWith("PUT"))
      .map((request) => /[\d-]+\.ts/.exec(request)?.[0]);
    expect(new Set(puts).size).toBe(3);
    const after = await metrics();
    expect(after).toMatch(/recording_uploads_total\{status="success"\} 3/);
    expect(after).toMatch(/recording_upload_duration_seconds_bucket\{le="\+Inf"\} 3/);
    expect(after).toMatch(/recording_upload_duration_seconds_count 3/);
    expect(after).toMatch(/recording_upload_backlog_segments 0/);
  } finally {
    await worker.close();
  }
});
