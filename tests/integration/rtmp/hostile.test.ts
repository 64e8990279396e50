/** Clients that are broken or mean: the server lives, its memory is bounded, and another publisher loses nothing. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeMessage } from "@/lib/media/rtmp/chunk-writer";
import { command, MESSAGE, setChunkSize, userControl, windowAckSize } from "@/lib/media/rtmp/messages";
import { newStreamKey } from "@/tests/support/encoder";
import { readTags } from "@/tests/support/flv-tags";
import { GREETING, MEDIA, mediaMessage, publishingWords, RtmpClient } from "@/tests/support/rtmp-client";
import { startTestServer, type TestServer } from "@/tests/support/server";

/** Connections that are made at the same time. */
const AT_ONCE = 24;
/** Growth of the whole test process, with its own clients and garbage. */
const MAX_GROWTH_BYTES = 256 * 1024 ** 2;
const SILENT_CONNECTIONS = 400;

let server: TestServer;
let port: number;
let publisher: RtmpClient;
const sent: Buffer[] = [];
let key: Awaited<ReturnType<typeof newStreamKey>>;

beforeAll(async () => {
  server = await startTestServer({ RTMP_LISTEN: "127.0.0.1:0", RTMP_MAX_CONNECTIONS: "200" });
  port = server.server.rtmp.port as number;
  key = await newStreamKey(server);
  publisher = await RtmpClient.publish(port, "live", key.key);
  send(MEDIA.videoConfig);
});
afterAll(async () => {
  publisher?.socket.destroy();
  await server?.stop();
});

function send(body: Buffer): void {
  sent.push(body);
  publisher.sendMedia("video", sent.length * 33, body);
}

/** What each case sends after the greeting, and the greeting itself where that is the case. */
function cases(): [string, Buffer[]][] {
  const words = Buffer.concat(publishingWords("live", "tds_wrong"));
  const cut = Array.from({ length: words.length }, (_, at): [string, Buffer[]] => [
    `words cut at ${at}`,
    [GREETING, words.subarray(0, at)],
  ]);
  const greetingCut = [0, 1, 2, 5, 1536, 1537, 1538, 3072].map((at): [string, Buffer[]] => [
    `greeting cut at ${at}`,
    [GREETING.subarray(0, at)],
  ]);
  const message = (typeId: number, payload: Buffer, streamId = 0) =>
    writeMessage({ chunkStreamId: 3, typeId, streamId, timestampMs: 0, payload }, 128);
  const nested = (marker: number[], depth: number) =>
    Buffer.concat(Array.from({ length: depth }, () => Buffer.from(marker)));
  const types = Array.from({ length: 64 }, (_, typeId): [string, Buffer[]] => [
    `message type ${typeId} of nothing and of noise`,
    [GREETING, message(typeId, Buffer.alloc(0)), message(typeId, randomBytes(100), 7)],
  ]);
  const chunkSizes = [0, 1, 2, 127, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((size): [string, Buffer[]] => [
    `chunk size ${size}`,
    [GREETING, writeMessage(setChunkSize(size), 128), message(MESSAGE.commandAmf0, randomBytes(500))],
  ]);
  const single: [string, Buffer[]][] = [
    ["HTTP", [Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]],
    ["TLS", [Buffer.from("16030100c8010000c40303", "hex"), randomBytes(200)]],
    ["noise", [randomBytes(4000)]],
    ["noise after the greeting", [GREETING, randomBytes(100_000)]],
    ["version 6", [Buffer.from([6]), GREETING.subarray(1)]],
    ["objects nested 10 000 deep", [GREETING, big(MESSAGE.commandAmf0, nested([3, 0, 1, 97], 10_000))]],
    ["arrays nested 10 000 deep", [GREETING, big(MESSAGE.commandAmf0, nested([10, 0, 0, 0, 1], 10_000))]],
    ["AMF 3 nested 10 000 deep", [GREETING, big(MESSAGE.commandAmf3, nested([17, 9, 3, 1], 10_000))]],
    ["an array of 2^32 values", [GREETING, message(MESSAGE.commandAmf0, Buffer.from("0affffffff", "hex"))]],
    ["text longer than its message", [GREETING, message(MESSAGE.commandAmf0, Buffer.from("0cffffffff41", "hex"))]],
    ["a command without a name", [GREETING, message(MESSAGE.commandAmf0, Buffer.from("05", "hex"))]],
    ["a message of 16 MiB", [GREETING, Buffer.from("03000000ffffff1400000000", "hex"), randomBytes(200_000)]],
    ["a chunk stream that begins with a continuation", [GREETING, Buffer.from("c3", "hex"), randomBytes(200)]],
    ["a thousand chunk streams", [GREETING, Buffer.concat(Array.from({ length: 1000 }, (_, id) => opening(id)))]],
    ["media before publishing", [GREETING, writeMessage(mediaMessage("video", 0, randomBytes(1000)), 128)]],
    ["publishing before connecting", [GREETING, writeMessage(command(1, "publish", 5, null, "x", "live"), 128)]],
    ["publishing without a name", [GREETING, writeMessage(command(1, "publish", 5), 128)]],
    ["a key of 60 000 characters", [GREETING, ...publishingWords("live", "k".repeat(60_000))]],
    ["an app of dots and slashes", [GREETING, ...publishingWords("../../..", "../../etc/passwd")]],
    ["an app that is no text", [GREETING, writeMessage(command(0, "connect", 1, { app: [1, { a: null }] }), 128)]],
    ["keys of prototypes", [GREETING, writeMessage(command(0, "connect", 1, proto()), 128)]],
    ["a window of 0", [GREETING, writeMessage(windowAckSize(0), 128), writeMessage(command(0, "x", 1), 128)]],
    [
      "a flood of pings",
      [GREETING, Buffer.concat(Array.from({ length: 20_000 }, () => writeMessage(userControl(6, 1), 128)))],
    ],
    [
      "an aggregate that ends too early",
      [GREETING, message(MESSAGE.aggregate, Buffer.from("09ffffff0000000000000000", "hex"))],
    ],
    ["playing", [GREETING, writeMessage(command(0, "play", 1, null, "x"), 128)]],
  ];
  return [...cut, ...greetingCut, ...types, ...chunkSizes, ...single];
}

/** A message longer than a chunk of the beginning. */
function big(typeId: number, payload: Buffer): Buffer {
  const message = { chunkStreamId: 3, typeId, streamId: 0, timestampMs: 0, payload };
  return Buffer.concat([writeMessage(setChunkSize(65_536), 128), writeMessage(message, 65_536)]);
}

/** The beginning of a message on a chunk stream of its own. */
function opening(id: number): Buffer {
  return Buffer.concat([Buffer.from([0, id % 256]), Buffer.from("000000000400140000000000", "hex"), Buffer.alloc(100)]);
}

function proto() {
  return JSON.parse('{"__proto__":{"app":"live"},"constructor":{"prototype":{"app":1}},"app":"live"}');
}

async function attack(pieces: Buffer[]): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  for (const piece of pieces) socket.write(piece);
  socket.end();
  await closed;
}

test("more than 200 kinds of malformed clients cost the process nothing, and a publisher beside them no byte", async () => {
  const all = cases();
  expect(all.length).toBeGreaterThan(200);
  const before = process.memoryUsage().rss;
  for (let at = 0; at < all.length; at += AT_ONCE) {
    send(MEDIA.frame(at % 240 === 0, randomBytes(2000)));
    await Promise.all(all.slice(at, at + AT_ONCE).map(([, pieces]) => attack(pieces)));
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
  await expect.poll(() => server.server.rtmp.connectionCount).toBe(1);
});

test("connections that say nothing make room for a publisher, and never take the place of one", async () => {
  const silent = Array.from({ length: SILENT_CONNECTIONS }, () => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    return socket;
  });
  await Promise.all(silent.map((socket) => (socket.connecting ? once(socket, "connect").catch(() => {}) : null)));
  expect(server.server.rtmp.connectionCount).toBeLessThanOrEqual(200);
  const another = await newStreamKey(server, { name: "Late", record: false });
  const late = await RtmpClient.publish(port, "live", another.key);
  send(MEDIA.frame(true, randomBytes(2000)));
  late.leave();
  for (const socket of silent) socket.destroy();
  await late.closed();
});

test("the publisher beside them has lost nothing", async () => {
  send(MEDIA.frame(true, randomBytes(100)));
  publisher.leave();
  await publisher.closed();
  const find = () => server.services.database.track.findFirst({ where: { finishedAt: { not: null } } });
  await expect.poll(find).toBeTruthy();
  const track = await find();
  const tags = await readTags(server.services.folder.file(track?.recordingId as string, track?.filename as string));
  expect(tags.map(({ body }) => body.toString("hex"))).toEqual(sent.map((body) => body.toString("hex")));
});
