/** A disk that fills up under the recordings: a real one, of a few megabytes. */
import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EventStream, openEventStream } from "@/tests/support/event-stream";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { mountSmallDisk, type SmallDisk } from "@/tests/support/small-disk";
import { TrackClient } from "@/tests/support/track-client";

const MIB = 1024 ** 2;
/** A page of 4 KiB for each file of the folder, of which there are four: lock, holder, mark, clock; and as much again. */
const SMALL_FILES_BYTES = 32 * 1024;
const disk = mountSmallDisk(12 * MIB);

let server: TestServer;
let events: EventStream;

beforeAll(async () => {
  if (disk === null) return;
  server = await startTestServer({
    RECORDINGS_DIR: path.join(disk.path, "recordings"),
    MIN_FREE_BYTES: String(MIB),
    RESERVE_BYTES: String(3 * MIB),
  });
  events = await openEventStream(`${server.url}/api/v1/events`, server.token);
});
afterAll(async () => {
  if (disk === null) return;
  await events.close();
  await server.stop();
  disk.unmount();
});

const { path: root } = (disk ?? { path: "" }) as SmallDisk;
const ballast = path.join(root, "ballast");
const begin = (tracks = ["video"]) => server.ask("POST", "/api/v1/recordings", { tracks });

test.skipIf(disk === null)(
  "what runs goes on to the last byte and comes back when there is room; nothing new begins; pages are told",
  async () => {
    await events.until(/event: storage\ndata: \{"type":"storage","state":"ok"/);
    const { id } = (await begin()).body;
    const open = () => new TrackClient(server.url, `/ws/video?session=${id}`, server.token);
    const bytes = randomBytes(8 * MIB);
    const first = open();
    await first.hear("ready");
    first.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
    first.send(bytes.subarray(0, MIB));
    await first.acknowledged(MIB);

    // Free are 4 MiB, of which the recording that runs has reserved 3: there is no room for another one's 3.
    await writeFile(ballast, Buffer.alloc(7 * MIB));
    await events.until(/"state":"low"/);
    expect(await begin()).toMatchObject({ status: 507, body: { code: "disk_full" } });
    const ready = await server.ask("GET", "/api/ready", undefined, null);
    expect(ready).toMatchObject({ status: 503, body: { checks: { storage: false } } });
    first.send(bytes.subarray(MIB, 2 * MIB));
    await first.acknowledged(2 * MIB);

    for (let at = 2 * MIB; at < bytes.length; at += MIB / 4) first.send(bytes.subarray(at, at + MIB / 4));
    expect(await first.hear("error")).toMatchObject({ code: "disk_full", retry: true });
    expect(await first.closed()).toBe(4507);
    await events.until(/"state":"full"/);
    const acknowledged = Math.max(...first.messages.map((message) => (message.type === "ack" ? message.offset : 0)));
    expect(acknowledged).toBeGreaterThan(5 * MIB - SMALL_FILES_BYTES);

    // The source comes back to a disk that is still full: it has everything before, and is held back again.
    const second = open();
    expect((await second.hear("ready")).offset).toBe(acknowledged);
    second.send(bytes.subarray(acknowledged));
    expect(await second.closed()).toBe(4507);

    await rm(ballast);
    await events.until(/"state":"(ok|low)"/);
    const third = open();
    const { offset } = await third.hear("ready");
    expect(offset).toBe(acknowledged);
    third.send(bytes.subarray(offset));
    third.send({ type: "finish", offset: bytes.length });
    await third.hear("finished");
    const stored = await readFile(server.services.folder.file(id, "video.webm"));
    expect(stored.equals(bytes)).toBe(true);
  },
);

test.skipIf(disk === null)("compilations are refused while they would take room from what runs", async () => {
  for (const { id } of (await server.ask("GET", "/api/v1/recordings")).body.recordings) {
    await server.ask("DELETE", `/api/v1/recordings/${id}`);
  }
  const { id } = (await begin()).body;
  await server.ask("POST", `/api/v1/recordings/${id}/stop`);
  await server.services.database.recording.updateMany({ where: { id }, data: { state: "failed" } });
  const { freeBytes } = (await server.ask("GET", "/api/v1/storage")).body;
  await writeFile(ballast, Buffer.alloc(freeBytes - MIB / 2));
  const answer = await server.ask("POST", `/api/v1/recordings/${id}/compile`);
  expect(answer).toMatchObject({ status: 507, body: { code: "disk_full" } });
  await rm(ballast);
  expect((await server.ask("POST", `/api/v1/recordings/${id}/compile`)).status).toBe(202);
});
