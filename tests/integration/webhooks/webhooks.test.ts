/** Webhooks with a real receiver: signed, tried again, none lost, and only to addresses that may be reached. */
import { createHmac } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRecording, stopRecording } from "@/lib/server/recordings/lifecycle";
import { announceRecordings, announceStorage } from "@/lib/server/webhooks/announce";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { type RunningWorker, startWorker } from "@/worker/worker";

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

let server: TestServer;
let worker: RunningWorker;
let receiver: Server;
let address: string;
const received: Received[] = [];
const events = new EventEmitter();
/** What the receiver answers next; 200 when there is nothing. */
const answers: number[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => (body += text));
    request.on("end", () => {
      response.writeHead(answers.shift() ?? 200).end();
      received.push({ headers: request.headers, body });
      events.emit("received");
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  server = await startTestServer({ OUTBOUND_NETWORKS: "public,127.0.0.1" });
  worker = await startWorker(server.services);
});
afterAll(async () => {
  await worker.close();
  await server.stop();
  receiver.close();
});

async function hear(type: string): Promise<Received> {
  for (;;) {
    const found = received.find(({ headers }) => headers["tapedeck-event"] === type);
    if (found !== undefined) return found;
    await once(events, "received");
  }
}

async function add(more: object = {}) {
  const { status, body } = await server.ask("POST", "/api/v1/webhooks", { url: address, ...more });
  expect(status).toBe(201);
  return body as { id: string; secret: string };
}

async function settled(id: string, state = "delivered") {
  for (;;) {
    const { body } = await server.ask("GET", `/api/v1/webhooks/${id}/deliveries`);
    if (body.length > 0 && body.every((each: { state: string }) => each.state === state)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a recording that starts and stops is told, signed with the secret, and written down", async () => {
  const { id, secret } = await add();
  const recordingId = await createRecording(server.services, server, { title: "Told", tracks: [] });
  const started = await hear("recording.started");
  expect(JSON.parse(started.body)).toMatchObject({
    type: "recording.started",
    recording: { id: recordingId, title: "Told", source: "browser", state: "recording" },
  });
  const signature = String(started.headers["tapedeck-signature"]);
  const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) as unknown as [string, string, string];
  expect(createHmac("sha256", secret).update(`${seconds}.${started.body}`).digest("hex")).toBe(mac);
  expect(Math.abs(Date.now() / 1000 - Number(seconds))).toBeLessThan(60);

  await server.services.database.recording.update({ where: { id: recordingId }, data: { compileRequestedAt: null } });
  await stopRecording(server.services, recordingId);
  await hear("recording.stopped");
  const log = await settled(id);
  expect(log.map(({ event }: { event: string }) => event).sort()).toEqual(["recording.started", "recording.stopped"]);
  expect(log[0]).toMatchObject({ attempts: 1, lastStatus: 200, lastError: null });
  await server.ask("DELETE", `/api/v1/webhooks/${id}`);
});

test("a receiver that fails is tried again later, and by hand at once", async () => {
  const { id } = await add({ events: ["recording.failed"] });
  answers.push(500);
  const { body: delivery } = await server.ask("POST", `/api/v1/webhooks/${id}/test`);
  await hear("test");
  const path = `/api/v1/webhooks/${id}/deliveries`;
  const look = async () => (await server.ask("GET", path)).body[0];
  let shown = await look();
  while (shown.lastStatus === null) shown = await look();
  expect(shown).toMatchObject({ state: "pending", attempts: 1, lastStatus: 500 });
  const waitMs = Date.parse(shown.nextAttemptAt) - Date.parse(shown.lastAttemptAt);
  expect(waitMs).toBe(10_000);
  expect((await server.ask("POST", `${path}/${delivery.id}/redeliver`)).status).toBe(202);
  expect((await settled(id))[0]).toMatchObject({ attempts: 1, lastStatus: 200 });
  await server.ask("DELETE", `/api/v1/webhooks/${id}`);
});

test("what nobody heard of is found in the database, and told once", async () => {
  const { services } = server;
  const { id } = await add({ events: ["recording.ready", "recording.gap"] });
  const recordingId = await createRecording(services, server, { title: "Missed", tracks: [] });
  await services.database.recording.update({
    where: { id: recordingId },
    data: {
      state: "ready",
      readyAt: new Date(),
      gaps: { create: { id: "gap", kind: "video", fromMs: 0, toMs: 900, code: "unknown", cause: "A test." } },
    },
  });
  // Twice at the same time, as two workers would.
  await Promise.all([announceRecordings(services), announceRecordings(services)]);
  await announceRecordings(services);
  const rows = await services.database.webhookDelivery.findMany({ where: { webhookId: id } });
  expect(rows.map(({ event }) => event).sort()).toEqual(["recording.gap", "recording.ready"]);
  await server.ask("DELETE", `/api/v1/webhooks/${id}`);
});

test("administrators hear of a disk that fills up, and nobody else", async () => {
  const { services } = server;
  await services.database.user.update({ where: { id: server.userId }, data: { role: "admin" } });
  const { id } = await add({ events: ["storage.low"] });
  const other = await server.addUser();
  const { body: theirs } = await server.ask("POST", "/api/v1/webhooks", { url: address }, other.token);
  const made = await announceStorage(services, { state: "low", freeBytes: 1 });
  expect(made).toHaveLength(1);
  const { body: log } = await server.ask("GET", `/api/v1/webhooks/${id}/deliveries`);
  expect(JSON.parse(log[0].body)).toMatchObject({ type: "storage.low", storage: { state: "low", freeBytes: 1 } });
  expect((await server.ask("GET", `/api/v1/webhooks/${theirs.id}/deliveries`)).status).toBe(404);
  await server.ask("DELETE", `/api/v1/webhooks/${id}`);
});

test("an address that may not be reached is refused when it is given, and a name when it is connected to", async () => {
  for (const url of ["http://169.254.169.254/", "http://[::1]:80/", "ftp://example.org/", "nonsense"]) {
    const { status } = await server.ask("POST", "/api/v1/webhooks", { url });
    expect(status, url).toBe(400);
  }
  const { id } = await add({ url: "http://localhost.localdomain:1/" });
  await server.ask("POST", `/api/v1/webhooks/${id}/test`);
  const look = async () => (await server.ask("GET", `/api/v1/webhooks/${id}/deliveries`)).body[0];
  let shown = await look();
  while (shown.lastError === null) shown = await look();
  expect(shown).toMatchObject({ state: "pending", lastStatus: null });
});
