/** Recording sockets against the real server: what is sent is on disk, in order, once, and acknowledged when synced. */
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { TrackClient } from "@/tests/support/track-client";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const begin = async (tracks: string[] = ["video", "audio"]): Promise<string> =>
  (await server.ask("POST", "/api/v1/recordings", { tracks })).body.id;
const open = (kind: string, id: string | null, token = server.token) =>
  new TrackClient(server.url, `/ws/${kind}${id === null ? "" : `?session=${id}`}`, token);
const stored = (id: string, name = "video.webm") => readFile(server.services.folder.file(id, name));
/** Compared by digest: a deep comparison of megabytes takes seconds. */
const sameBytes = (got: Buffer, expected: Buffer) => expect(sha256(got)).toBe(sha256(expected));
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** Waits until the recording is in a state. */
async function reaches(id: string, state: string, token = server.token): Promise<void> {
  const look = async () => (await server.ask("GET", `/api/v1/recordings/${id}`, undefined, token)).body.state;
  await expect.poll(look).toBe(state);
}

describe("a source that speaks the protocol", () => {
  test("has every byte of both tracks stored and acknowledged, and its recording stopped at the end", async () => {
    const id = await begin();
    const tracks = { video: randomBytes(3_000_001), audio: randomBytes(70_003) };
    await Promise.all(
      Object.entries(tracks).map(async ([kind, bytes]) => {
        const client = open(kind, id);
        expect(await client.hear("ready")).toMatchObject({ session: id, take: 1, offset: 0 });
        client.send({ type: "start", mimeType: `${kind}/webm`, startedAtMs: Date.now(), browser: "chromium" });
        for (let at = 0; at < bytes.length; at += 65_000) {
          client.send(bytes.subarray(at, at + 65_000));
          client.send({ type: "clock", offset: Math.min(at + 65_000, bytes.length), perfMs: at / 1000 });
        }
        client.send({ type: "finish", offset: bytes.length, sha256: sha256(bytes) });
        expect(await client.hear("finished")).toMatchObject({ offset: bytes.length, sha256: sha256(bytes) });
        expect(await client.closed()).toBe(1000);
        await client.acknowledged(bytes.length);
      }),
    );
    await reaches(id, "stopped");
    sameBytes(await stored(id), tracks.video);
    sameBytes(await stored(id, "audio.webm"), tracks.audio);
    const clock = (await stored(id, "video.clock.jsonl")).toString().trim().split("\n");
    expect(JSON.parse(clock[0] as string)).toEqual({ clock: "page", browser: "chromium" });
    expect(JSON.parse(clock.at(-1) as string)).toMatchObject({ o: tracks.video.length });
    const { body } = await server.ask("GET", `/api/v1/recordings/${id}`);
    expect(body).toMatchObject({ state: "stopped", compileRequested: true, sizeBytes: 3_070_004 });
    expect(body.tracks[0]).toMatchObject({ kind: "video", mimeType: "video/webm", sha256: sha256(tracks.video) });
  });

  test("goes on from the durable offset after its connection was cut", async () => {
    const id = await begin(["video"]);
    const bytes = randomBytes(400_000);
    const first = open("video", id);
    await first.hear("ready");
    first.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
    first.send(bytes.subarray(0, 250_000));
    await first.acknowledged(250_000);
    first.socket.terminate();
    const second = open("video", id);
    const { offset } = await second.hear("ready");
    expect(offset).toBe(250_000);
    second.send(bytes.subarray(offset));
    second.send({ type: "finish", offset: bytes.length, sha256: sha256(bytes) });
    await second.hear("finished");
    sameBytes(await stored(id), bytes);
  });

  test("is not taken to be done when its connection breaks before its first word", async () => {
    const id = await begin(["video"]);
    const first = open("video", id);
    await first.hear("ready");
    await first.close();
    const second = open("video", id);
    expect(await second.hear("ready")).toMatchObject({ offset: 0 });
    second.send(Buffer.from("abc"));
    second.send({ type: "finish", offset: 3 });
    expect(await second.hear("finished")).toMatchObject({ sha256: sha256(Buffer.from("abc")) });
  });

  test("takes a track over from a connection that only seems to live", async () => {
    const id = await begin(["video"]);
    const bytes = randomBytes(100_000);
    const first = open("video", id);
    await first.hear("ready");
    first.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
    first.send(bytes.subarray(0, 60_000));
    await first.acknowledged(60_000);
    const second = open("video", id);
    expect((await second.hear("ready")).offset).toBe(60_000);
    expect(await first.closed()).toBe(4408);
    second.send(bytes.subarray(60_000));
    second.send({ type: "finish", offset: bytes.length });
    await second.hear("finished");
    sameBytes(await stored(id), bytes);
  });

  test("may ask again whether it is finished", async () => {
    const id = await begin(["video", "audio"]);
    const client = open("video", id);
    await client.hear("ready");
    client.send(Buffer.from("abc"));
    client.send({ type: "finish", offset: 3 });
    await client.hear("finished");
    const again = open("video", id);
    expect((await again.hear("ready")).offset).toBe(3);
    again.send({ type: "finish", offset: 3, sha256: sha256(Buffer.from("abc")) });
    expect(await again.hear("finished")).toMatchObject({ offset: 3 });
  });

  test("is told what differs when it finishes with another number of bytes or another digest", async () => {
    const id = await begin(["video"]);
    const client = open("video", id);
    await client.hear("ready");
    client.send(Buffer.from("abc"));
    client.send({ type: "finish", offset: 5 });
    expect(await client.hear("error")).toMatchObject({ code: "offset_mismatch", expectedOffset: 3 });
    expect(await client.closed()).toBe(4409);
    const second = open("video", id);
    await second.hear("ready");
    second.send({ type: "finish", offset: 3, sha256: "0".repeat(64) });
    expect(await second.hear("error")).toMatchObject({ code: "digest_mismatch" });
    sameBytes(await stored(id), Buffer.from("abc"));
  });

  test("goes on after an interruption with the next take, while what was left of the one before still comes", async () => {
    const id = await begin(["video"]);
    const first = open("video", id);
    await first.hear("ready");
    first.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
    first.send(Buffer.from("abc"));
    await first.acknowledged(3);
    await first.close();
    const begun = await server.ask("POST", `/api/v1/recordings/${id}/takes`, {
      cause: "page_closed",
      tracks: ["audio"],
    });
    expect(begun).toMatchObject({ status: 201, body: { number: 2 } });
    const next = new TrackClient(server.url, `/ws/audio?session=${id}&take=2`, server.token);
    expect(await next.hear("ready")).toMatchObject({ take: 2, offset: 0 });
    next.send(Buffer.from("the next take"));
    next.send({ type: "finish", offset: 13 });
    await next.hear("finished");
    expect((await server.ask("GET", `/api/v1/recordings/${id}`)).body.state).toBe("recording");
    const rest = open("video", id);
    expect(await rest.hear("ready")).toMatchObject({ take: 1, offset: 3 });
    rest.send(Buffer.from("def"));
    rest.send({ type: "finish", offset: 6 });
    await rest.hear("finished");
    await reaches(id, "stopped");
    sameBytes(await stored(id), Buffer.from("abcdef"));
    sameBytes(await stored(id, "audio-2.webm"), Buffer.from("the next take"));
    const { takes } = (await server.ask("GET", `/api/v1/recordings/${id}`)).body;
    expect(takes.map(({ cause }: { cause: string | null }) => cause)).toEqual([null, "page_closed"]);
  });

  test("says what it missed, and is told when it names a take that is none", async () => {
    const id = await begin(["video"]);
    const missed = { take: 1, kind: "audio", fromMs: 1000, toMs: 3000, code: "device_lost" };
    const note = (body: object) => server.ask("POST", `/api/v1/recordings/${id}/interruptions`, body);
    expect((await note(missed)).status).toBe(204);
    expect((await note(missed)).status).toBe(204);
    expect(await server.services.database.interruption.count({ where: { recordingId: id } })).toBe(1);
    expect(await note({ ...missed, take: 2 })).toMatchObject({ status: 404, body: { code: "take_not_found" } });
    expect((await note({ ...missed, toMs: 1000 })).status).toBe(400);
    expect((await note({ ...missed, code: "damaged" })).status).toBe(400);
    expect((await note({ ...missed, toMs: 3e9 })).status).toBe(400);
    expect((await note({ ...missed, fromMs: 5000, toMs: null })).status).toBe(204);
  });

  test("can end its recording over the API while a track is still open", async () => {
    const id = await begin();
    const client = open("video", id);
    await client.hear("ready");
    client.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
    client.send(Buffer.from("abcdef"));
    expect((await server.ask("POST", `/api/v1/recordings/${id}/stop`)).body.state).toBe("stopped");
    expect(await client.closed()).toBe(4409);
    expect((await stored(id)).length).toBeLessThanOrEqual(6);
  });
});

describe("a source that only sends bytes", () => {
  test("has its two sockets put into one recording, ended when both are closed", async () => {
    const { token } = await server.addUser();
    const video = open("video", null, token);
    const audio = open("audio", null, token);
    const bytes = randomBytes(50_000);
    await Promise.all([video, audio].map((client) => new Promise((resolve) => client.socket.once("open", resolve))));
    video.send(bytes);
    audio.send(bytes.subarray(0, 1000));
    await Promise.all([video.close(), audio.close()]);
    const sessions = async () => (await server.ask("GET", "/api/sessions", undefined, token)).body;
    await expect.poll(async () => (await sessions())[0]?.status).toBe("stopped");
    const [session] = await sessions();
    expect(await sessions()).toHaveLength(1);
    expect(session).toMatchObject({ has_video: true, has_audio: true, size_bytes: 51_000 });
    sameBytes(await stored(session.session_id), bytes);
    sameBytes(await stored(session.session_id, "audio.webm"), bytes.subarray(0, 1000));
  });

  test("with a single socket is ended a moment after it closes", async () => {
    const { token } = await server.addUser();
    const video = open("video", null, token);
    const { session } = await video.hear("ready");
    video.send(Buffer.from("only picture"));
    await video.close();
    await reaches(session, "stopped", token);
  });
});

describe("bad input", () => {
  test("20 000 tiny messages are slowed down, and all stored", async () => {
    const slow = await startTestServer({ MAX_MESSAGES_PER_SECOND: "10000" });
    try {
      const { body } = await slow.ask("POST", "/api/v1/recordings", { tracks: ["video"] });
      const client = new TrackClient(slow.url, `/ws/video?session=${body.id}`, slow.token);
      await client.hear("ready");
      const sent = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i & 255));
      const startedAt = performance.now();
      for (let i = 0; i < sent.length; i += 1) client.send(sent.subarray(i, i + 1));
      client.send({ type: "finish", offset: sent.length });
      await client.hear("finished");
      // 2 s by the rate, less two bursts of 0.1 s, less the last read: 64 KiB of frames of 7 bytes are 9 362 messages.
      expect(performance.now() - startedAt).toBeGreaterThan(800);
      sameBytes(await readFile(slow.services.folder.file(body.id, "video.webm")), sent);
    } finally {
      await slow.stop();
    }
  });

  test("a message over the limit ends only its own connection", async () => {
    const small = await startTestServer({ MAX_MESSAGE_BYTES: "4096" });
    try {
      const { body } = await small.ask("POST", "/api/v1/recordings", { tracks: ["video", "audio"] });
      const video = new TrackClient(small.url, `/ws/video?session=${body.id}`, small.token);
      const audio = new TrackClient(small.url, `/ws/audio?session=${body.id}`, small.token);
      expect((await video.hear("ready")).maxMessageBytes).toBe(4096);
      await audio.hear("ready");
      video.send(Buffer.alloc(4097));
      expect(await video.closed()).toBe(1009);
      audio.send(Buffer.alloc(100));
      await audio.acknowledged(100);
    } finally {
      await small.stop();
    }
  });

  test.each([
    ["text that is no JSON", "not json", "not_json", 4400],
    ["a message nobody knows", '{"type":"rewind"}', "unknown_message", 4400],
    ["a negative offset", '{"type":"finish","offset":-1}', "unknown_message", 4400],
    ["a very long text", `{"type":"start","mimeType":"${"x".repeat(20_000)}"}`, "text_too_long", 1009],
  ])("%s is answered with an error and a close", async (_, text, code, closeCode) => {
    const client = open("video", await begin());
    await client.hear("ready");
    client.send(text);
    expect(await client.hear("error")).toMatchObject({ code });
    expect(await client.closed()).toBe(closeCode);
  });

  test("an unknown session and another user's are the same to who asks", async () => {
    const { token } = await server.addUser();
    for (const id of [await begin(), "00000000-0000-4000-8000-000000000000"]) {
      const client = open("video", id, token);
      expect(await client.hear("error")).toMatchObject({ code: "recording_not_found" });
      expect(await client.closed()).toBe(4404);
    }
  });

  test("no credentials, a foreign origin, a path that is none and an id that is none are refused before the upgrade", async () => {
    const id = await begin();
    const refused = (path: string, token: string | null, headers = {}) =>
      new TrackClient(server.url, path, token, headers).refusal();
    expect(await refused(`/ws/video?session=${id}`, null)).toBe(401);
    expect(await refused(`/ws/video?session=${id}`, "tdk_wrong")).toBe(401);
    expect(await refused(`/ws/video?session=${id}`, server.token, { origin: "https://evil.example" })).toBe(403);
    expect(await refused(`/ws/video?session=${id}`, server.token, { origin: "null" })).toBe(403);
    expect(await refused("/ws/both", server.token)).toBe(404);
    expect(await refused("/ws/video?session=../../etc", server.token)).toBe(400);
    expect(await refused("/ws/video?session=%2e%2e%2fother", server.token)).toBe(400);
    expect(await refused(`/ws/video?session=${id}&take=0`, server.token)).toBe(400);
    const own = new TrackClient(server.url, `/ws/video?session=${id}`, server.token, { origin: server.url });
    await own.hear("ready");
  });

  test("a user over quota is told so, and goes on when there is room again", async () => {
    const { userId, token } = await server.addUser();
    await server.services.database.user.update({ where: { id: userId }, data: { quotaBytes: 100_000n } });
    const { body } = await server.ask("POST", "/api/v1/recordings", { tracks: ["video"] }, token);
    const client = open("video", body.id, token);
    await client.hear("ready");
    client.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
    client.send(Buffer.alloc(90_000));
    await client.acknowledged(90_000);
    client.send(Buffer.alloc(20_000));
    expect(await client.hear("error")).toMatchObject({ code: "quota_exceeded", retry: true });
    expect(await client.closed()).toBe(4507);
    await server.services.database.user.update({ where: { id: userId }, data: { quotaBytes: 0n } });
    const second = open("video", body.id, token);
    expect((await second.hear("ready")).offset).toBe(90_000);
    second.send({ type: "finish", offset: 90_000 });
    await second.hear("finished");
  });

  test("deleting a live recording ends its sockets and leaves no file", async () => {
    const id = await begin();
    const client = open("video", id);
    await client.hear("ready");
    client.send(Buffer.alloc(100_000));
    expect((await server.ask("DELETE", `/api/v1/recordings/${id}`)).status).toBe(204);
    expect(await client.closed()).toBe(4404);
    await expect(stored(id)).rejects.toThrow(/ENOENT/);
    expect((await server.ask("GET", `/api/v1/recordings/${id}`)).status).toBe(404);
  });
});

test("Redis that is away does not stop a recording", async () => {
  const lonely = await startTestServer();
  try {
    const { body } = await lonely.ask("POST", "/api/v1/recordings", { tracks: ["video"] });
    await lonely.services.redisServer.stop("SIGKILL");
    const client = new TrackClient(lonely.url, `/ws/video?session=${body.id}`, lonely.token);
    await client.hear("ready");
    client.send(Buffer.alloc(100_000));
    client.send({ type: "finish", offset: 100_000 });
    await client.hear("finished");
    const { body: after } = await lonely.ask("GET", `/api/v1/recordings/${body.id}`);
    expect(after).toMatchObject({ state: "stopped", compileRequested: true });
  } finally {
    await lonely.stop();
  }
});
