/** Streams pushed on to other servers: to FFmpeg, to Tapedeck itself, and to servers that refuse, stall or talk nonsense. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import { makeCertificate } from "@/tests/support/certificate";
import { makeStream, newStreamKey, packetDigests, publish } from "@/tests/support/encoder";
import { eventually } from "@/tests/support/eventually";
import { readTags } from "@/tests/support/flv-tags";
import { freePort } from "@/tests/support/processes";
import { MEDIA, RtmpClient } from "@/tests/support/rtmp-client";
import { startTestServer, type TestServer } from "@/tests/support/server";

let server: TestServer;
let port: number;
let folder: string;
let authority: Buffer;
const listening: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-relay-"));
  const { key, certificate } = await makeCertificate(folder);
  authority = await readFile(certificate);
  server = await startTestServer({
    ...{ RTMP_LISTEN: "127.0.0.1:0", RTMPS_LISTEN: "127.0.0.1:0", OUTBOUND_NETWORKS: "127.0.0.1" },
    ...{ RTMPS_CERT_FILE: certificate, RTMPS_KEY_FILE: key },
  });
  port = server.server.rtmp.port as number;
});
afterAll(async () => {
  for (const each of listening) each.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const targetsPath = (keyId: string) => `/api/v1/stream-keys/${keyId}/targets`;

/** Pushes what is published with a key on to an address. @returns the target's id */
async function pushOn(keyId: string, address: string, key: string): Promise<string> {
  const made = await server.ask("POST", targetsPath(keyId), { name: "Elsewhere", server: address, key });
  expect(made.status).toBe(201);
  return made.body.id;
}

/** What the API says of the only relay of a key's stream. */
async function relayOf(keyId: string) {
  const { body } = await server.ask("GET", "/api/v1/streams");
  return body.find((stream: { keyId: string }) => stream.keyId === keyId)?.relays[0];
}

async function expectRelay(keyId: string, facts: object): Promise<void> {
  await expect.poll(() => relayOf(keyId)).toMatchObject(facts);
}

const ownAddress = () => `rtmp://127.0.0.1:${port}/live`;

/** A key frame and nine other pictures, a tenth of a second apart. */
function sendSecond(client: RtmpClient, second: number, bytes = 500): void {
  for (let index = 0; index < 10; index += 1) {
    client.sendMedia("video", second * 1000 + index * 100, MEDIA.frame(index === 0, randomBytes(bytes)));
  }
}

/** Accepts connections and does with them what it is told. */
async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const made = createServer((socket) => {
    socket.on("error", () => {});
    onSocket(socket);
  }).listen(0);
  listening.push(made);
  await once(made, "listening");
  return (made.address() as AddressInfo).port;
}

/** The bodies of all pictures of a key's newest recording, in the order of its files; configurations left out. */
async function recordedPictures(keyId: string): Promise<string[]> {
  const { database, folder } = server.services;
  const find = () =>
    database.recording.findFirst({
      where: { streamKeyId: keyId },
      include: WITH_PARTS,
      orderBy: { createdAt: "desc" },
    });
  await expect.poll(async () => (await find())?.tracks.at(-1)?.finishedAt).toBeTruthy();
  const files = (await find())?.tracks.map(({ recordingId, filename }) => folder.file(recordingId, filename)) ?? [];
  const tags = (await Promise.all(files.map(readTags))).flat();
  return tags.filter(({ type, body }) => type === "video" && body[1] === 1).map(({ body }) => body.toString("base64"));
}

test("FFmpeg as the other server gets every packet from a key frame on, and is told when it is over", async () => {
  const source = await makeStream(folder, { seconds: 8 });
  const key = await newStreamKey(server, { name: "To FFmpeg", record: false });
  const there = await freePort();
  const arrived = path.join(folder, "arrived.flv");
  const receiver = execa("ffmpeg", [
    ...["-v", "error", "-listen", "1", "-i", `rtmp://127.0.0.1:${there}/live/secret-over-there`],
    ...["-c", "copy", arrived],
  ]);
  await pushOn(key.id, `rtmp://127.0.0.1:${there}/live`, "secret-over-there");
  await publish(source, key.url, true);
  // It ends by itself: its publisher has said goodbye.
  await receiver;
  for (const stream of ["v", "a"] as const) {
    const [sent, got] = [await packetDigests(source, stream), await packetDigests(arrived, stream)];
    // Connecting takes a moment, and then a key frame is waited for: there is one each second.
    expect(got.length).toBeGreaterThan(sent.length / 2);
    expect(got).toEqual(sent.slice(-got.length));
  }
});

test.each(["refuse", "take_over"])(
  "targets that lead back are told, and the stream goes on, where another encoder is to %s",
  async (duplicates) => {
    const other = await startTestServer({
      ...{ RTMP_LISTEN: "127.0.0.1:0", OUTBOUND_NETWORKS: "127.0.0.1", RTMP_DUPLICATES: duplicates },
    });
    try {
      const own = other.server.rtmp.port as number;
      const [one, two] = [await newStreamKey(other, { name: "One" }), await newStreamKey(other, { name: "Two" })];
      for (const [from, to] of [
        [one, two],
        [two, one],
      ] as const) {
        const target = { name: "Back", server: `rtmp://127.0.0.1:${own}/live`, key: to.key };
        expect((await other.ask("POST", targetsPath(from.id), target)).status).toBe(201);
      }
      const client = await RtmpClient.publish(own, "live", one.key);
      client.sendMedia("video", 0, MEDIA.videoConfig);
      let second = 0;
      const relayOfTwo = async () => {
        sendSecond(client, second++);
        const { body } = await other.ask("GET", "/api/v1/streams");
        return body.find((stream: { keyId: string }) => stream.keyId === two.id)?.relays[0];
      };
      await expect.poll(relayOfTwo).toMatchObject({
        state: "waiting",
        message: expect.stringContaining("The targets lead back to a key that the stream has come by."),
      });
      expect(client.isClosed).toBe(false);
      expect(other.server.rtmp.streams.all.map(({ key }) => key.id).sort()).toEqual([one.id, two.id].sort());
      client.leave();
    } finally {
      await other.stop();
    }
  },
);

test("a target that ends the stream gets it again, from the next key frame on, and the recording here misses nothing", async () => {
  const [from, to] = [await newStreamKey(server, { name: "From" }), await newStreamKey(server, { name: "To" })];
  await pushOn(from.id, ownAddress(), to.key);
  const client = await RtmpClient.publish(port, "live", from.key);
  client.sendMedia("video", 0, MEDIA.videoConfig);
  await expectRelay(from.id, { state: "live" });
  let second = 0;
  const streamThere = () => server.server.rtmp.streams.all.find((stream) => stream.key.id === to.id);
  const sendUntilRecordedThere = () =>
    eventually(() => {
      sendSecond(client, second++);
      expect(streamThere()?.recorder.status.state).toBe("recording");
    });
  await sendUntilRecordedThere();
  const first = streamThere();
  expect((await server.ask("DELETE", `/api/v1/streams/${first?.id}`)).status).toBe(204);
  await expectRelay(from.id, { state: "live" });
  await sendUntilRecordedThere();
  expect(streamThere()?.id).not.toBe(first?.id);
  client.leave();
  // Whoever leaves here leaves there.
  await expect.poll(() => server.server.rtmp.streams.all.length).toBe(0);
  const here = await recordedPictures(from.id);
  expect(here).toHaveLength(second * 10);
  const there = await recordedPictures(to.id);
  expect(there.length).toBeGreaterThanOrEqual(10);
  expect(there).toEqual(here.slice(-there.length));
});

test("a target that does not read costs four mebibytes and its own pictures, and goes on at a key frame", async () => {
  const [from, to] = [await newStreamKey(server, { name: "Fast" }), await newStreamKey(server, { name: "Slow" })];
  let toTarget: Socket | undefined;
  const between = await listen((socket) => {
    const onward = connect(port, "127.0.0.1");
    onward.on("error", () => {});
    socket.pipe(onward).pipe(socket);
    toTarget = socket;
  });
  await pushOn(from.id, `rtmp://127.0.0.1:${between}/live`, to.key);
  const client = await RtmpClient.publish(port, "live", from.key);
  client.sendMedia("video", 0, MEDIA.videoConfig);
  await expectRelay(from.id, { state: "live" });
  toTarget?.pause();
  // 100 MB: more than the kernel holds for three sockets on their way.
  let second = 0;
  for (; second < 100; second += 1) {
    sendSecond(client, second, 100_000);
    if (client.socket.writableNeedDrain) await once(client.socket, "drain");
  }
  await expect.poll(async () => (await relayOf(from.id)).droppedFrames).toBeGreaterThan(100);
  toTarget?.resume();
  const gotBefore = (await relayOf(from.id)).sentBytes;
  await eventually(async () => {
    sendSecond(client, second++, 1000);
    expect((await relayOf(from.id)).sentBytes).toBeGreaterThan(gotBefore + 20_000);
  });
  client.leave();
  await expect.poll(() => server.server.rtmp.streams.all.length).toBe(0);
  const [here, there] = [await recordedPictures(from.id), await recordedPictures(to.id)];
  expect(here).toHaveLength(second * 10);
  // In order and without repeats: what is there is what is here with pieces left out.
  const places = there.map((body) => here.indexOf(body));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  // Each piece begins with a key frame, of which there is one in ten pictures.
  const begins = places.filter((place, index) => index > 0 && place !== (places[index - 1] as number) + 1);
  expect(begins.length).toBeGreaterThan(0);
  expect(begins.every((place) => place % 10 === 0)).toBe(true);
});

test.each([
  ["a key that is none", () => ownAddress(), /refuses the stream \(NetStream\.Publish\.Denied\)/],
  ["nobody there", async () => `rtmp://127.0.0.1:${await freePort()}/live`, /nothing listens/],
  [
    "a server that talks nonsense",
    async () => `rtmp://127.0.0.1:${await listen((socket) => socket.write(randomBytes(8192)))}/live`,
    /not RTMP/,
  ],
  [
    "a server that hangs up",
    async () => `rtmp://127.0.0.1:${await listen((socket) => socket.destroy())}/live`,
    /closed the connection/,
  ],
])("%s is told in words, and tried again", async (_, address, words) => {
  const key = await newStreamKey(server, { name: "Refused", record: false });
  await pushOn(key.id, await address(), "tdr_not-a-key");
  const client = await RtmpClient.publish(port, "live", key.key);
  await expectRelay(key.id, { state: "waiting", message: expect.stringMatching(words) });
  expect(Date.parse((await relayOf(key.id)).retryAt)).toBeGreaterThan(Date.now() - 60_000);
  expect(JSON.stringify(await relayOf(key.id))).not.toContain("tdr_not-a-key");
  client.leave();
});

test("an address is judged again when it is connected to", async () => {
  const key = await newStreamKey(server, { name: "Judged", record: false });
  const targetId = await pushOn(key.id, ownAddress(), "x");
  let wasReached = false;
  const there = await listen(() => {
    wasReached = true;
  });
  // As a name would that meant something else when it was given: all of 127.0.0.0/8 is this machine.
  const data = { server: `rtmp://127.0.0.2:${there}/live` };
  await server.services.database.relayTarget.update({ where: { id: targetId }, data });
  const client = await RtmpClient.publish(port, "live", key.key);
  await expectRelay(key.id, { state: "waiting", message: expect.stringMatching(/may not connect/) });
  expect(wasReached).toBe(false);
  await server.services.database.user.update({ where: { id: server.userId }, data: { role: "admin" } });
  const { body: metrics } = await server.ask("GET", "/metrics");
  expect(metrics).toMatch(/^tapedeck_relays\{state="waiting"\} [1-9]/m);
  expect(metrics).toMatch(/^tapedeck_streams [1-9]/m);
  client.leave();
});

test("RTMPS: a certificate that nobody has signed is not trusted, one that is known is", async () => {
  const [from, to] = [await newStreamKey(server, { record: false }), await newStreamKey(server, { name: "By TLS" })];
  await pushOn(from.id, `rtmps://localhost:${server.server.rtmp.tlsPort}/live`, to.key);
  const client = await RtmpClient.publish(port, "live", from.key);
  client.sendMedia("video", 0, MEDIA.videoConfig);
  await expectRelay(from.id, { state: "waiting", message: expect.stringMatching(/certificate/) });

  // As if the system knew who has signed it.
  const { outbound } = server.services;
  const trusting = vi
    .spyOn(outbound, "connectTls")
    .mockImplementation((host, at, options) =>
      OutboundGuard.prototype.connectTls.call(outbound, host, at, { ...options, ca: authority }),
    );
  await expectRelay(from.id, { state: "live", message: null });
  trusting.mockRestore();
  sendSecond(client, 0);
  await expect.poll(async () => (await relayOf(from.id)).sentBytes).toBeGreaterThan(5000);
  client.leave();
  const there = await recordedPictures(to.id);
  expect(there).toHaveLength(10);
});

test("targets come and go while a stream is published", async () => {
  const [from, to] = [await newStreamKey(server, { record: false }), await newStreamKey(server, { record: false })];
  const client = await RtmpClient.publish(port, "live", from.key);
  const isThere = () => server.server.rtmp.streams.all.some((stream) => stream.key.id === to.id);
  const id = await pushOn(from.id, ownAddress(), to.key);
  await expect.poll(isThere).toBe(true);
  const target = `${targetsPath(from.id)}/${id}`;
  const renamed = await server.ask("PATCH", target, { name: "Renamed" });
  expect(renamed.body).toMatchObject({ name: "Renamed", enabled: true });
  expect(await relayOf(from.id)).toMatchObject({ name: "Renamed", state: "live" });
  await server.ask("PATCH", target, { enabled: false });
  await expect.poll(isThere).toBe(false);
  await server.ask("PATCH", target, { enabled: true });
  await expect.poll(isThere).toBe(true);
  expect((await server.ask("DELETE", target)).status).toBe(204);
  await expect.poll(isThere).toBe(false);
  client.leave();
});

test("keys over there are sealed, in no answer, and only their owner's", async () => {
  const { id } = await newStreamKey(server, { name: "Mine" });
  const targetId = await pushOn(id, ownAddress(), "key-over-there");
  const list = await server.ask("GET", targetsPath(id));
  expect(list.body).toEqual([expect.objectContaining({ id: targetId, name: "Elsewhere", server: ownAddress() })]);
  expect(JSON.stringify(list.body)).not.toContain("key-over-there");
  const row = await server.services.database.relayTarget.findUniqueOrThrow({ where: { id: targetId } });
  expect(JSON.stringify(row)).not.toContain("key-over-there");

  const other = await server.addUser();
  const one = `${targetsPath(id)}/${targetId}`;
  expect((await server.ask("GET", targetsPath(id), undefined, other.token)).status).toBe(404);
  const body = { name: "Theirs", server: ownAddress(), key: "x" };
  expect((await server.ask("POST", targetsPath(id), body, other.token)).status).toBe(404);
  expect((await server.ask("PATCH", one, { enabled: false }, other.token)).status).toBe(404);
  expect((await server.ask("DELETE", one, undefined, other.token)).status).toBe(404);
  const second = await newStreamKey(server, { name: "Also mine" });
  expect((await server.ask("PATCH", `${targetsPath(second.id)}/${targetId}`, { enabled: false })).status).toBe(404);
});

test("what cannot be pushed on to is refused when it is given", async () => {
  const { id } = await newStreamKey(server, { name: "Careful" });
  const add = (address: string, key = "x") =>
    server.ask("POST", targetsPath(id), { name: "There", server: address, key });
  for (const address of [
    "http://live.example.org/app",
    "rtmp://user:word@live.example.org/app",
    "rtmp://live.example.org",
  ])
    expect((await add(address)).status).toBe(400);
  expect((await add("rtmp://live.example.org/app", "two words")).status).toBe(400);
  for (const address of [
    "rtmp://169.254.169.254/app",
    "rtmp://0xa9fea9fe/app",
    "rtmp://[::ffff:169.254.169.254]/app",
  ]) {
    const refused = await add(address);
    expect(refused.status).toBe(400);
    expect(refused.body.code).toBe("address_not_allowed");
  }
  const { body } = await add("rtmp://live.example.org/app");
  // Else whoever may change an address could have the key sent to themselves.
  expect((await server.ask("PATCH", `${targetsPath(id)}/${body.id}`, { server: ownAddress() })).status).toBe(400);
  for (let more = 0; more < 4; more += 1) expect((await add("rtmp://live.example.org/app")).status).toBe(201);
  expect((await add("rtmp://live.example.org/app")).status).toBe(409);
  await server.ask("DELETE", `/api/v1/stream-keys/${id}`);
  expect(await server.services.database.relayTarget.count({ where: { streamKeyId: id } })).toBe(0);
});
