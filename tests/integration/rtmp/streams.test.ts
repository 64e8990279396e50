/** What becomes of streams: encoders that come back, keys that are revoked, files that are followed by the next. */
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { newStreamKey } from "@/tests/support/encoder";
import { eventually } from "@/tests/support/eventually";
import { metadataOf, readTags } from "@/tests/support/flv-tags";
import { run } from "@/tests/support/processes";
import { GREETING, MEDIA, publishingWords, RtmpClient } from "@/tests/support/rtmp-client";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { openTestServices } from "@/tests/support/services";
import { mountSmallDisk } from "@/tests/support/small-disk";

const MIB = 1024 ** 2;
const disk = mountSmallDisk(12 * MIB);
let server: TestServer;
let port: number;
let silent: { key: Awaited<ReturnType<typeof newStreamKey>>; closed: Promise<number> };

beforeAll(async () => {
  server = await startTestServer({
    RTMP_LISTEN: "127.0.0.1:0",
    RTMP_ROTATE_SECONDS: "4",
    ...(disk === null ? {} : { RECORDINGS_DIR: `${disk.path}/recordings` }),
  });
  port = server.server.rtmp.port as number;
  silent = await goSilent();
});
afterAll(async () => {
  await server?.stop();
  disk?.unmount();
});

/** An encoder that publishes, and then is there and says nothing more: its network is gone. */
async function goSilent() {
  const key = await newStreamKey(server, { name: "Silent", record: false });
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  socket.resume();
  const sinceMs = performance.now();
  const closed = new Promise<number>((resolve) => socket.once("close", () => resolve(performance.now() - sinceMs)));
  socket.write(Buffer.concat([GREETING, ...publishingWords("live", key.key)]));
  await eventually(() => expect(server.server.rtmp.streams.all).toHaveLength(1));
  return { key, closed };
}

/** Pictures of a second, the first of them a key frame. */
function sendSecond(client: RtmpClient, second: number, bytes = 500): Buffer[] {
  const bodies = Array.from({ length: 10 }, (_, index) => MEDIA.frame(index === 0, randomBytes(bytes)));
  for (const [index, body] of bodies.entries()) client.sendMedia("video", second * 1000 + index * 100, body);
  return bodies;
}

async function publishSeconds(client: RtmpClient, seconds: number): Promise<Buffer[]> {
  client.sendMedia("video", 0, MEDIA.videoConfig);
  const sent: Buffer[] = [];
  for (let second = 0; second < seconds; second += 1) sent.push(...sendSecond(client, second));
  return sent;
}

const recordingOf = (keyId: string, services = server.services) =>
  services.database.recording.findFirst({
    where: { streamKeyId: keyId },
    include: WITH_PARTS,
    orderBy: { createdAt: "desc" },
  });
const streamOf = (keyId: string) => server.server.rtmp.streams.all.find(({ key }) => key.id === keyId);

test("files follow one another at key frames, and no picture is lost between them", async () => {
  const key = await newStreamKey(server, { name: "Rotated" });
  const client = await RtmpClient.publish(port, "live", key.key);
  const sent = await publishSeconds(client, 11);
  client.leave();
  await expect.poll(async () => (await recordingOf(key.id))?.state).toBe("stopped");
  const recording = await recordingOf(key.id);
  expect(recording?.takes.map(({ cause }) => cause)).toEqual([null, "rotated", "rotated"]);
  expect(recording?.tracks.every(({ finishedAt, sha256 }) => finishedAt !== null && sha256 !== null)).toBe(true);
  const found: string[] = [];
  for (const { recordingId, filename, startedAtMs } of recording?.tracks ?? []) {
    const [config, ...pictures] = await readTags(server.services.folder.file(recordingId, filename));
    expect(config?.body.equals(MEDIA.videoConfig)).toBe(true);
    expect(pictures[0]?.body[0]).toBe(0x17);
    expect(startedAtMs).not.toBeNull();
    found.push(...pictures.map(({ body }) => body.toString("hex")));
  }
  expect(found).toEqual(sent.map((body) => body.toString("hex")));
  const starts = recording?.tracks.map((track) =>
    Number((track.startedAtMs ?? 0n) - (recording.tracks[0]?.startedAtMs ?? 0n)),
  );
  expect(starts).toEqual([0, 4000, 8000]);
});

test("an encoder that was cut off goes on with the same recording; one that comes too late begins another", async () => {
  const key = await newStreamKey(server, { name: "Cut off" });
  const first = await RtmpClient.publish(port, "live", key.key);
  await publishSeconds(first, 1);
  await expect.poll(() => streamOf(key.id)?.describe().record.state).toBe("recording");
  first.socket.destroy();
  await expect.poll(async () => (await recordingOf(key.id))?.resumableUntil).toBeTruthy();
  const second = await RtmpClient.publish(port, "live", key.key);
  await publishSeconds(second, 1);
  await expect.poll(() => streamOf(key.id)?.describe().record.state).toBe("recording");
  const recording = await recordingOf(key.id);
  expect(recording).toMatchObject({ state: "recording", resumableUntil: null });
  expect(recording?.takes.map(({ cause }) => cause)).toEqual([null, "connection_lost"]);

  second.socket.destroy();
  const id = recording?.id as string;
  await expect.poll(async () => (await recordingOf(key.id))?.resumableUntil).toBeTruthy();
  await server.services.database.recording.update({ where: { id }, data: { resumableUntil: new Date(0) } });
  const third = await RtmpClient.publish(port, "live", key.key);
  await publishSeconds(third, 1);
  await expect.poll(() => streamOf(key.id)?.describe().record.state).toBe("recording");
  expect((await recordingOf(key.id))?.id).not.toBe(id);
  third.leave();
});

test("recording begins and ends by the API while the stream goes on", async () => {
  const key = await newStreamKey(server, { name: "By hand", record: false });
  const client = await RtmpClient.publish(port, "live", key.key);
  await publishSeconds(client, 1);
  const [stream] = (await server.ask("GET", "/api/v1/streams")).body.filter(
    (each: { keyId: string }) => each.keyId === key.id,
  );
  expect(stream).toMatchObject({ name: "By hand", videoCodec: "h264", record: { state: "off", recordingId: null } });
  expect(await recordingOf(key.id)).toBeNull();
  const path = `/api/v1/streams/${stream.id}`;
  expect((await server.ask("PATCH", path, { record: true })).body.record.state).toBe("waiting");
  sendSecond(client, 1);
  await expect.poll(() => streamOf(key.id)?.describe().record.state).toBe("recording");
  expect((await server.ask("PATCH", path, { record: false })).body.record.state).toBe("off");
  expect((await recordingOf(key.id))?.state).toBe("stopped");
  sendSecond(client, 2);
  const other = await server.addUser();
  expect((await server.ask("DELETE", path, undefined, other.token)).status).toBe(404);
  expect((await server.ask("DELETE", path)).status).toBe(204);
  await client.closed();
});

test("a key works for its app alone, once at a time, until it is revoked", async () => {
  const made = await server.ask("POST", "/api/v1/stream-keys", { name: "Door" });
  expect(made).toMatchObject({ status: 201, body: { app: "live", record: true, live: false } });
  const { id, key } = made.body;
  expect(
    (await server.ask("GET", "/api/v1/stream-keys")).body.find((each: { id: string }) => each.id === id),
  ).not.toHaveProperty("key");
  await expect(RtmpClient.publish(port, "other", key)).rejects.toThrow("NetStream.Publish.Denied");
  await expect(RtmpClient.publish(port, "live", `${key}x`)).rejects.toThrow("NetStream.Publish.Denied");
  const client = await RtmpClient.publish(port, "live", key);
  await expect(RtmpClient.publish(port, "live", key)).rejects.toThrow("NetStream.Publish.BadName");
  const rotated = (await server.ask("POST", `/api/v1/stream-keys/${id}/rotate`)).body.key;
  await client.closed();
  await expect(RtmpClient.publish(port, "live", key)).rejects.toThrow("NetStream.Publish.Denied");
  const again = await RtmpClient.publish(port, "live", rotated);
  expect((await server.ask("DELETE", `/api/v1/stream-keys/${id}`)).status).toBe(204);
  await again.closed();
  expect(again.statuses).toContain("NetStream.Publish.Denied");
});

test("a server that was killed has kept what it had, and the encoder goes on with the same recording", async () => {
  const services = await openTestServices({ RTMP_LISTEN: "127.0.0.1:0", PORT: "0" });
  const userId = (
    await services.database.user.create({ data: { id: "u", email: "u@example.org", name: "U", role: "member" } })
  ).id;
  const start = () =>
    run(process.execPath, [inject("serverFile")], {
      env: { PATH: process.env.PATH, NODE_ENV: "test", ...services.environment },
    });
  const portOf = async (program: ReturnType<typeof run>) =>
    Number(/port (\d+)/.exec(await program.waitFor(/port \d+/))?.[1]);
  const killed = start();
  const before = await portOf(killed);
  const rtmp = { port: before } as TestServer["server"]["rtmp"];
  const key = await newStreamKey({ services, userId, server: { rtmp } as TestServer["server"] });
  const client = await RtmpClient.publish(before, "live", key.key);
  const sent = await publishSeconds(client, 2);
  const fileOf = async () => {
    const track = (await recordingOf(key.id, services))?.tracks[0];
    return track === undefined ? null : services.folder.file(track.recordingId, track.filename);
  };
  await expect
    .poll(async () => ((await fileOf()) === null ? 0 : (await readTags((await fileOf()) as string)).length))
    .toBe(1 + sent.length);
  await killed.stop("SIGKILL");
  await client.closed();
  const started = start();
  const again = await RtmpClient.publish(await portOf(started), "live", key.key);
  await publishSeconds(again, 1);
  again.leave();
  await expect.poll(async () => (await recordingOf(key.id, services))?.state).toBe("stopped");
  const recording = await recordingOf(key.id, services);
  expect(recording?.tracks.map(({ finishedAt }) => finishedAt !== null)).toEqual([true, true]);
  expect(recording?.takes).toHaveLength(2);
  const [, ...pictures] = await readTags((await fileOf()) as string);
  // What the killed server had no time for is in the head: how long it is, and where its key frames lie.
  const metadata = await metadataOf((await fileOf()) as string);
  expect(metadata).toMatchObject({ hasVideo: true, hasKeyframes: true, videocodecid: 7 });
  expect(metadata.filesize).toBe((await stat((await fileOf()) as string)).size);
  expect(metadata.duration).toBeGreaterThan(1.5);
  expect(metadata.keyframes).toMatchObject({ times: [0, 1] });
  expect(pictures.map(({ body }) => body.toString("hex"))).toEqual(sent.map((body) => body.toString("hex")));
  await started.stop();
  await services.dispose();
});

test.skipIf(disk === null)("a full disk ends the recording and says so, and never the stream", async () => {
  const key = await newStreamKey(server, { name: "Large" });
  const client = await RtmpClient.publish(port, "live", key.key);
  client.sendMedia("video", 0, MEDIA.videoConfig);
  for (let second = 0; second < 16; second += 1) sendSecond(client, second, MIB / 10);
  await expect
    .poll(() => streamOf(key.id)?.describe().record)
    .toMatchObject({
      state: "failed",
      message: "The server's disk is full.",
    });
  const recording = await recordingOf(key.id);
  const tags = await readTags(
    server.services.folder.file(recording?.id as string, recording?.tracks[0]?.filename as string),
  );
  expect(tags.length).toBeGreaterThan(30);
  const received = streamOf(key.id)?.describe().receivedBytes as number;
  sendSecond(client, 16);
  await expect.poll(() => streamOf(key.id)?.describe().receivedBytes).toBeGreaterThan(received);
  expect(client.isClosed).toBe(false);
  client.leave();
});

test("an encoder that has gone without a word frees its key within 15 s", async () => {
  // And the time until its connection was made; a machine that is shared may take as long again.
  expect(await silent.closed).toBeLessThan(30_000);
  const again = await RtmpClient.publish(port, "live", silent.key.key);
  again.leave();
});
