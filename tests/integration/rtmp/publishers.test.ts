/** Publishers that nobody here wrote, and other ways in than plain RTMP by FFmpeg: GStreamer, and TLS. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { makeCertificate } from "@/tests/support/certificate";
import { makeStream, newStreamKey, packetDigests, publish } from "@/tests/support/encoder";
import { decodeErrors } from "@/tests/support/media-facts";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

let folder: string;
let server: TestServer;
let worker: RunningWorker;
let sent: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-publishers-"));
  const { key, certificate } = await makeCertificate(folder);
  server = await startTestServer({
    ...{ RTMP_LISTEN: "127.0.0.1:0", RTMPS_LISTEN: "127.0.0.1:0" },
    ...{ RTMPS_CERT_FILE: certificate, RTMPS_KEY_FILE: key },
  });
  worker = await startWorker(server.services);
  sent = await makeStream(folder, { seconds: 4 });
});
afterAll(async () => {
  await worker?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Waits for what was published with a key, and compares it with what was sent. */
async function expectRecorded(keyId: string): Promise<void> {
  const { database } = server.services;
  const find = () => database.recording.findFirst({ where: { streamKeyId: keyId }, include: WITH_PARTS });
  await expect.poll(async () => (await find())?.tracks[0]?.finishedAt).toBeTruthy();
  const ready = await reach(server.services, (await find())?.id as string);
  expect(ready).toMatchObject({ state: "ready", source: "rtmp", width: 320, height: 180, gaps: [] });
  const mp4 = mp4Of(server.services, ready);
  for (const stream of ["v", "a"] as const) {
    expect(await packetDigests(mp4, stream)).toEqual(await packetDigests(sent, stream));
  }
  expect(await decodeErrors(mp4)).toBe("");
}

test("GStreamer's rtmp2sink publishes; every packet of it is in the MP4", async () => {
  const { id, url } = await newStreamKey(server, { name: "GStreamer" });
  const from = ["filesrc", `location=${sent}`, "!", "flvdemux", "name=d"];
  const to = ["flvmux", "name=m", "streamable=true", "!", "rtmp2sink", `location=${url}`];
  const picture = ["d.video", "!", "queue", "!", "h264parse", "!", "m.video"];
  const sound = ["d.audio", "!", "queue", "!", "aacparse", "!", "m.audio"];
  await execa("gst-launch-1.0", ["-q", ...from, ...to, ...picture, ...sound]);
  await expectRecorded(id);
});

test("FFmpeg publishes over TLS", async () => {
  const { id, key } = await newStreamKey(server, { name: "RTMPS" });
  await publish(sent, `rtmps://localhost:${server.server.rtmp.tlsPort}/live/${key}`);
  await expectRecorded(id);
});

test("a client that speaks no TLS there disturbs nobody", async () => {
  const { id, key, url } = await newStreamKey(server, { name: "Plain at the door" });
  const plain = url.replace(`:${server.server.rtmp.port}/`, `:${server.server.rtmp.tlsPort}/`);
  await expect(publish(sent, plain)).rejects.toThrow();
  await publish(sent, `rtmps://localhost:${server.server.rtmp.tlsPort}/live/${key}`);
  await expectRecorded(id);
});
