/** FFmpeg publishes; what it sent is in the file and in the MP4, packet by packet. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { makeStream, newStreamKey, packetDigests, publish } from "@/tests/support/encoder";
import { decodeErrors, readMediaFacts } from "@/tests/support/media-facts";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

let folder: string;
let server: TestServer;
let worker: RunningWorker;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-rtmp-"));
  server = await startTestServer({ RTMP_LISTEN: "127.0.0.1:0" });
  worker = await startWorker(server.services);
});
afterAll(async () => {
  await worker?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const recordings = () =>
  server.services.database.recording.findMany({ include: WITH_PARTS, orderBy: { createdAt: "desc" } });

test("every packet that was sent is in the file and in the MP4, in order, and plays as long", async () => {
  const sent = await makeStream(folder, { seconds: 5 });
  const { url } = await newStreamKey(server);
  await publish(sent, url);
  await expect.poll(async () => (await recordings())[0]?.tracks[0]?.finishedAt).toBeTruthy();
  const [recording] = await recordings();
  const [track] = recording?.tracks ?? [];
  expect(track?.filename).toMatch(/^live_studio-a_\d{8}_\d{6}_\d{3}\.flv$/);
  const flv = server.services.folder.file(recording?.id as string, track?.filename as string);
  const ready = await reach(server.services, recording?.id as string);
  expect(ready).toMatchObject({ state: "ready", source: "rtmp", width: 320, height: 180 });
  const mp4 = mp4Of(server.services, ready);
  for (const stream of ["v", "a"] as const) {
    const digests = await packetDigests(sent, stream);
    expect(await packetDigests(flv, stream)).toEqual(digests);
    expect(await packetDigests(mp4, stream)).toEqual(digests);
  }
  const facts = await readMediaFacts(flv);
  expect(facts.durationSeconds).toBeCloseTo(5, 0);
  expect((await readMediaFacts(mp4)).durationSeconds).toBeCloseTo(5, 0);
  expect(await decodeErrors(mp4)).toBe("");
  expect(ready.gaps).toEqual([]);
});
