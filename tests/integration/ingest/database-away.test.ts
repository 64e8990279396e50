/** A PostgreSQL that ends while recordings run, and comes back. */
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "@/tests/support/postgres";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { TrackClient } from "@/tests/support/track-client";

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startPostgres();
  const DATABASE_URL = await postgres.createDatabase("away");
  server = await startTestServer({ DATABASE_URL, DATABASE_TIMEOUT_SECONDS: "2" });
});
afterAll(async () => {
  await server.stop();
  await postgres.stop();
});

const begin = async (tracks: string[]): Promise<string> =>
  (await server.ask("POST", "/api/v1/recordings", { tracks })).body.id;
const open = (kind: string, id: string) => new TrackClient(server.url, `/ws/${kind}?session=${id}`, server.token);

test.each(["SIGINT", "SIGQUIT"] as const)(
  "recordings that run go on without the database (ended by %s), and are finished when it is back",
  async (signal) => {
    const id = await begin(["video", "audio"]);
    const bytes = randomBytes(300_000);
    const [video, audio] = [open("video", id), open("audio", id)];
    for (const client of [video, audio]) {
      await client.hear("ready");
      client.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
      client.send(bytes.subarray(0, 100_000));
      await client.acknowledged(100_000);
    }
    await postgres.goAway(signal);

    // Who comes now is told to come back; what runs notices nothing.
    expect(await open("video", id).refusal()).toBe(503);
    expect(await server.ask("GET", "/api/v1/recordings")).toMatchObject({
      status: 503,
      body: { code: "database_away" },
    });
    expect(await server.ask("GET", "/api/ready", undefined, null)).toMatchObject({
      status: 503,
      body: { checks: { database: false, storage: true } },
    });
    for (const client of [video, audio]) {
      client.send(bytes.subarray(100_000));
      client.send({ type: "finish", offset: bytes.length, sha256: sha256(bytes) });
      await client.acknowledged(bytes.length);
    }
    // Somebody whose finish is waiting is not told anything that is not so.
    await server.ask("GET", "/api/v1/recordings");
    expect(
      [...video.messages, ...audio.messages].filter(({ type }) => type === "finished" || type === "error"),
    ).toEqual([]);

    await postgres.comeBack();
    await Promise.all([video.hear("finished"), audio.hear("finished")]);
    const look = async () => (await server.ask("GET", `/api/v1/recordings/${id}`)).body;
    await expect.poll(async () => (await look()).state).toBe("stopped");
    expect(await look()).toMatchObject({
      sizeBytes: 600_000,
      tracks: [{ sha256: sha256(bytes) }, { sha256: sha256(bytes) }],
    });
    expect((await readFile(server.services.folder.file(id, "video.webm"))).equals(bytes)).toBe(true);
  },
);

test("a database that takes connections and never answers is like one that is away", async () => {
  const id = await begin(["video"]);
  const client = open("video", id);
  await client.hear("ready");
  client.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
  client.send(Buffer.from("abc"));
  await client.acknowledged(3);
  postgres.freeze();
  try {
    const answers = await Promise.all([
      server.ask("GET", "/api/v1/recordings"),
      server.ask("POST", "/api/v1/recordings", { tracks: ["video"] }),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ status: 503, body: { code: "database_away" } });
    expect(await open("video", id).refusal()).toBe(503);
    client.send(Buffer.from("def"));
    client.send({ type: "finish", offset: 6, sha256: sha256(Buffer.from("abcdef")) });
    await client.acknowledged(6);
  } finally {
    postgres.thaw();
  }
  await client.hear("finished");
  await expect.poll(async () => (await server.ask("GET", `/api/v1/recordings/${id}`)).body.state).toBe("stopped");
});

test("a track whose finish was not heard by the database is finished when its source comes back", async () => {
  const id = await begin(["video"]);
  const first = open("video", id);
  await first.hear("ready");
  first.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
  first.send(Buffer.from("abc"));
  await first.acknowledged(3);
  await postgres.goAway();
  first.send({ type: "finish", offset: 3 });
  first.socket.terminate();
  await postgres.comeBack();
  await expect.poll(async () => (await server.ask("GET", `/api/v1/recordings/${id}`)).body.state).toBe("stopped");
  const second = open("video", id);
  expect((await second.hear("ready")).offset).toBe(3);
  second.send({ type: "finish", offset: 3 });
  await second.hear("finished");
});

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
