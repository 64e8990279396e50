/** Cameras on a disk that is slow, and on one that is full: what was sent is kept as far as it can be, and what is missing is said. */
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "@/tests/support/eventually";
import { FakeCamera, makePictures, type Pictures } from "@/tests/support/fake-camera";
import { type RunningProgram, startWorkerProcess } from "@/tests/support/processes";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { mountSmallDisk } from "@/tests/support/small-disk";

const MIB = 1024 ** 2;
const RATE = 25;
const disk = mountSmallDisk(48 * MIB);

let pictures: Pictures;
let server: TestServer | null = null;
let worker: RunningProgram | null = null;
let camera: FakeCamera | null = null;

beforeAll(async () => {
  // 4 Mbit/s: what is held back while a disk is slow has some size.
  pictures = await makePictures({ size: "640x360", rate: RATE, bitrate: "4M" });
});
afterEach(async () => {
  await worker?.stop("SIGKILL");
  await camera?.close();
  await server?.stop();
});
afterAll(() => disk?.unmount());

/** Starts a server, a worker of its own, and a camera that is being recorded. */
async function record(environment: Record<string, string>, before: string[], workerEnvironment = {}) {
  const started = await startTestServer({
    ...{ OUTBOUND_NETWORKS: "127.0.0.1", SEGMENT_SECONDS: "3600", CAMERA_THUMBNAIL_SECONDS: "0" },
    ...environment,
  });
  server = started;
  const workerArgs = [...before, inject("workerFile")];
  worker = await startWorkerProcess(workerArgs, { ...started.services.environment, ...workerEnvironment });
  camera = new FakeCamera({ pictures, rate: RATE });
  const url = `rtsp://127.0.0.1:${await camera.listen()}/live`;
  expect((await started.ask("POST", "/api/v1/cameras", { id: "one", name: "One", url, start: true })).status).toBe(201);
  const { database, cameras } = started.services;
  const look = async () => (await started.ask("GET", "/api/v1/cameras/one")).body;
  const isRecorded = () =>
    eventually(async () => {
      const body = await look();
      expect(body).toMatchObject({ state: "recording", error: null });
      expect(body.lastPictureAt).not.toBeNull();
    });
  await isRecorded();
  return {
    look,
    isRecorded,
    gaps: () => database.cameraGap.findMany({ where: { cameraId: "one" }, orderBy: { fromAt: "asc" } }),
    /** Stops it. @returns the files of its segments, oldest first */
    async stop(): Promise<string[]> {
      await started.ask("POST", "/api/v1/cameras/one/stop");
      await eventually(async () => {
        expect((await look()).state).toBe("stopped");
      });
      const rows = await database.cameraSegment.findMany({ where: { cameraId: "one" }, orderBy: { startedAt: "asc" } });
      return rows.map(({ filename }) => cameras.file("one", filename));
    },
  };
}

/** Seconds from each picture to the next. */
async function steps(file: string): Promise<number[]> {
  const entries = ["-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0", file];
  const { stdout } = await execa("ffprobe", ["-v", "error", ...entries]);
  const times = stdout.split("\n").map(Number.parseFloat).filter(Number.isFinite);
  return times.slice(1).map((time, index) => time - (times[index] as number));
}

async function decodes(file: string): Promise<string> {
  return (await execa("ffmpeg", ["-v", "error", "-i", file, "-f", "null", "-"])).stderr;
}

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

test("a disk that takes three seconds for a write and its sync loses no picture", async () => {
  const flag = path.join(tmpdir(), `tapedeck-slow-${process.pid}`);
  const before = ["--import", "./tests/support/slow-disk.mjs"];
  const { gaps, stop, isRecorded } = await record({}, before, { SLOW_DISK: flag, SLOW_DISK_MS: "1500" });
  await writeFile(flag, "");
  await worker?.waitFor(/the disk is slow/);
  await seconds(8);
  await rm(flag);
  await isRecorded();
  await seconds(2);
  const [file, ...more] = await stop();
  expect(await gaps()).toEqual([]);
  expect(more).toEqual([]);
  const found = await steps(file as string);
  expect(found.length).toBeGreaterThan(9 * RATE);
  // A picture that is missing is a step of two; half a step is for times that are written in ticks of 90 kHz.
  expect(Math.max(...found)).toBeLessThan(1.5 / RATE);
  expect(await decodes(file as string)).toBe("");
});

test.skipIf(disk === null)(
  "a disk that is full is a gap that says so, and recording goes on when there is room",
  async () => {
    const root = disk?.path as string;
    const { look, gaps, stop, isRecorded } = await record({ RECORDINGS_DIR: path.join(root, "recordings") }, []);
    // More than the second after which what has come is synced: it is to be there afterwards.
    await seconds(3);
    const filler = path.join(root, "filler");
    await execa("dd", ["if=/dev/zero", `of=${filler}`, "bs=1M"], { reject: false });
    const [gap] = await eventually(async () => {
      const rows = await gaps();
      expect(rows).toHaveLength(1);
      return rows;
    });
    expect(gap).toMatchObject({ code: "disk_full", toAt: null });
    // The camera hears of it after its gap.
    await eventually(async () => expect((await look()).error).toMatchObject({ code: "disk_full" }));
    await rm(filler);
    await eventually(async () => expect((await gaps())[0]?.toAt).not.toBeNull());
    await isRecorded();
    await seconds(2);
    const files = await stop();
    // What the disk had taken of the first has its row without a new start; the picture it was full at is torn.
    expect(files).toHaveLength(2);
    const [before, after] = files as [string, string];
    const kept = await steps(before);
    expect(kept.length).toBeGreaterThan(2 * RATE);
    expect(Math.max(...kept)).toBeLessThan(1.5 / RATE);
    expect(await decodes(after)).toBe("");
  },
);
