/** The API against the real server: who may reach what, what bad input gets, and how files are sent. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addFinished, FINISHED_MP4 as MP4, FINISHED_SHA256 as SHA256 } from "@/tests/support/finished-recording";
import { type Answer, startTestServer, type TestServer } from "@/tests/support/server";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const addReady = (title: string) => addFinished(server, title);

function download(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${server.token}`, ...headers } });
}

function expectError(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({
    code,
    message: expect.any(String),
    requestId: expect.stringMatching(/^[\w-]{36}$/),
  });
  expect(answer.headers.get("x-request-id")).toBe(answer.body.requestId);
}

describe("who may reach what", () => {
  test("every operation of the OpenAPI document but those it marks as open asks for credentials", async () => {
    const { body: document } = await server.ask("GET", "/api/openapi.json", undefined, null);
    const id = await addReady("closed");
    let asked = 0;
    for (const [path, operations] of Object.entries<Record<string, { security?: unknown[] }>>(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if (operation.security?.length === 0) continue;
        const concrete = path.replace(/\{(id|session_id)\}/, id).replace("{filename}", "video.webm");
        expectError(await server.ask(method.toUpperCase(), concrete, undefined, null), 401, "not_signed_in");
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(25);
  });

  test("what belongs to another is answered as if it did not exist, on every path with a recording in it", async () => {
    const id = await addReady("mine");
    const other = await server.addUser();
    const { body: document } = await server.ask("GET", "/api/openapi.json", undefined, null);
    // Requests that would do something, were they one's own.
    const bodies: Record<string, object> = {
      "patch /api/v1/recordings/{id}": {},
      "post /api/v1/recordings/{id}/takes": { tracks: ["video"] },
      "post /api/v1/recordings/{id}/interruptions": { take: 1, kind: null, fromMs: 0, toMs: 1, code: "suspended" },
      "post /api/v1/recordings/{id}/shares": {},
    };
    bodies["post /api/v1/recordings/{id}/trim"] = { fromMs: 0, toMs: 1000 };
    let asked = 0;
    for (const [path, operations] of Object.entries<Record<string, unknown>>(document.paths)) {
      if (!/^\/api\/(v1\/recordings\/\{id\}|compile-video|download|sessions\/)/.test(path)) continue;
      for (const method of Object.keys(operations)) {
        const concrete = path.replace(/\{(id|session_id)\}/, id).replace("{filename}", "video.webm");
        const body = bodies[`${method} ${path}`];
        const answer = await server.ask(method.toUpperCase(), concrete, body, other.token);
        expectError(answer, 404, "recording_not_found");
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThanOrEqual(21);
    expect((await server.ask("GET", `/api/v1/recordings/${id}`)).status).toBe(200);
    expect((await server.ask("GET", "/api/v1/recordings", undefined, other.token)).body.recordings).toEqual([]);
  });

  test("a member does not reach what administrators do, and a revoked token reaches nothing", async () => {
    expectError(await server.ask("GET", "/api/v1/users"), 403, "administrators_only");
    expectError(await server.ask("GET", "/metrics"), 403, "administrators_only");
    const { body } = await server.ask("POST", "/api/v1/me/tokens", { name: "short-lived" });
    expect((await server.ask("GET", "/api/v1/me", undefined, body.token)).status).toBe(200);
    expect((await server.ask("DELETE", `/api/v1/me/tokens/${body.id}`)).status).toBe(204);
    expectError(await server.ask("GET", "/api/v1/me", undefined, body.token), 401, "not_signed_in");
  });

  test("a request from another site's page is refused even with the right credentials", async () => {
    const response = await fetch(`${server.url}/api/v1/recordings`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${server.token}`,
        origin: "https://evil.example",
        "content-type": "application/json",
      },
      body: "{}",
    });
    expect(response.status).toBe(403);
  });

  test("metrics and readiness are there for who may see them", async () => {
    const recordingId = await addReady("with a gap");
    const gap = { recordingId, fromMs: 1000, toMs: 3500, code: "device_lost", cause: "" };
    await server.services.database.gap.create({ data: { id: "gap", ...gap } });
    await server.services.database.user.update({ where: { id: server.userId }, data: { role: "admin" } });
    const { body } = await server.ask("GET", "/metrics");
    await server.services.database.user.update({ where: { id: server.userId }, data: { role: "member" } });
    expect(body).toContain("tapedeck_tracks_open 0");
    expect(body).toContain('footage_gap_seconds_total{cause="device_lost"} 2.5');
    expect(body).toContain("seconds_since_last_durable_byte 0");
    expect(body).toContain("tapedeck_cleanup_stopped 0");
    expect(body).toMatch(/tapedeck_stop_to_ready_seconds_count [1-9]/);
    expect(body).toMatch(/tapedeck_recordings\{state="ready"\} \d/);
    expect((await server.ask("GET", "/api/health", undefined, null)).body.status).toBe("ok");
    expect((await server.ask("GET", "/api/ready", undefined, null)).body).toEqual({
      ready: true,
      checks: { database: true, storage: true, redis: true, cleanup: true },
    });
  });
});

describe("bad input", () => {
  test.each([
    ["a title of 10 000 characters", { title: "x".repeat(10_000) }],
    ["a title that is no text", { title: 5 }],
    ["a track nobody knows", { tracks: ["smell"] }],
    ["a body that is no JSON", "{"],
  ])("%s is refused with a reason", async (_, body) => {
    expectError(await server.ask("POST", "/api/v1/recordings", body), 400, "invalid_request");
  });

  test("control characters and marks that turn text around are taken out of a title", async () => {
    const title = "a\u0000b\nc \u202egnp.exe\u2066  d\ud800";
    const { body } = await server.ask("POST", "/api/v1/recordings", { title });
    expect(body.title).toBe("a b c gnp.exe d\ufffd");
  });

  test("paths that lead out of a recording's folder lead nowhere", async () => {
    const id = await addReady("inside");
    for (const path of [
      "/api/v1/recordings/..%2f..%2fetc%2fpasswd/file",
      "/api/v1/recordings/%2e%2e/file",
      `/api/v1/recordings/${id}/tracks/..%2f..%2fpackage.json`,
      `/api/v1/recordings/${id}/tracks/%2e%2e%2f%2e%2e%2fpackage.json`,
      `/api/v1/recordings/${id}/tracks/video.clock.jsonl`,
      "/api/download/..%2f..%2fpackage.json",
      `/api/download/${id.toUpperCase()}`,
    ]) {
      expect((await server.ask("GET", path)).status).toBe(404);
    }
  });

  test("a body over the limit and one of unknown length are refused unread", async () => {
    expectError(await server.ask("POST", "/api/v1/recordings", { title: "x".repeat(300_000) }), 413, "body_too_large");
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode("{}"));
        controller.close();
      },
    });
    const options = { method: "POST", headers: { authorization: `Bearer ${server.token}` }, body, duplex: "half" };
    const response = await fetch(`${server.url}/api/v1/recordings`, options as RequestInit);
    expect(response.status).toBe(400);
  });
});

describe("files", () => {
  test("a download has type, length, validator and a name made from the title", async () => {
    const id = await addReady('Zoë\'s "Talk" 1/2 – übersicht');
    const response = await download(`/api/download/${id}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("video/mp4");
    expect(response.headers.get("content-length")).toBe("1000");
    expect(response.headers.get("accept-ranges")).toBe("bytes");
    expect(response.headers.get("etag")).toBe(`"${SHA256}"`);
    expect(response.headers.get("cache-control")).toContain("private");
    const disposition = response.headers.get("content-disposition") ?? "";
    expect(disposition).toMatch(/^attachment; filename="/);
    expect(disposition).toContain("filename*=UTF-8''Zo%C3%AB%27s%20-Talk-%201-2%20%E2%80%93%20%C3%BCbersicht.mp4");
    expect(Buffer.from(await response.arrayBuffer()).equals(MP4)).toBe(true);
  });

  test("ranges and validators are honoured", async () => {
    const id = await addReady("ranges");
    const path = `/api/v1/recordings/${id}/file`;
    const range = await download(path, { range: "bytes=5-9" });
    expect([range.status, range.headers.get("content-range"), await range.text()]).toEqual([
      206,
      "bytes 5-9/1000",
      "56789",
    ]);
    const suffix = await download(path, { range: "bytes=-3" });
    expect([suffix.status, await suffix.text()]).toEqual([206, "789"]);
    const outside = await download(path, { range: "bytes=2000-" });
    expect([outside.status, outside.headers.get("content-range")]).toEqual([416, "bytes */1000"]);
    expect((await download(path, { "if-none-match": `"${SHA256}"`, "cache-control": "max-age=0" })).status).toBe(304);
    const stale = await download(path, { range: "bytes=0-1", "if-range": '"another"' });
    expect(stale.status).toBe(200);
    expect((await download(path, { "if-match": '"another"' })).status).toBe(412);
    expect(
      (await fetch(`${server.url}${path}`, { method: "HEAD", headers: { authorization: `Bearer ${server.token}` } }))
        .status,
    ).toBe(200);
  });

  test("what is not ready is a conflict that says why", async () => {
    const { body } = await server.ask("POST", "/api/v1/recordings", { title: "running" });
    const answer = await server.ask("GET", `/api/download/${body.id}`);
    expectError(answer, 409, "not_ready");
    expect(answer.body.state).toBe("recording");
  });
});

describe("the contract of sessions", () => {
  test("lists, compiles once however often it is asked, and deletes", async () => {
    const { userId, token } = await server.addUser();
    await server.services.database.user.update({ where: { id: userId }, data: { autoCompile: false } });
    const { body: recording } = await server.ask("POST", "/api/v1/recordings", { title: "s" }, token);
    await server.ask("POST", `/api/v1/recordings/${recording.id}/stop`, undefined, token);
    const first = await server.ask("POST", `/api/compile-video/${recording.id}`, undefined, token);
    expect(first).toMatchObject({ status: 202, body: { session_id: recording.id, status: "stopped", progress: 0 } });
    const second = await server.ask("POST", `/api/compile-video/${recording.id}`, undefined, token);
    expect(second.body.job_id).toBe(first.body.job_id);
    expect(await server.services.compileQueue.counts()).toMatchObject({ waiting: 1 });
    const { body: sessions } = await server.ask("GET", "/api/sessions", undefined, token);
    expect(sessions.map((session: { session_id: string }) => session.session_id)).toEqual([recording.id]);
    const gone = await server.ask("DELETE", `/api/sessions/${recording.id}`, undefined, token);
    expect(gone).toMatchObject({ status: 200, body: { session_id: recording.id } });
    expectError(await server.ask("GET", `/api/download/${recording.id}`, undefined, token), 404, "recording_not_found");
  });
});

test("events tell what a recording is, and what becomes of it", async () => {
  const { body } = await server.ask("POST", "/api/v1/recordings", { title: "before" });
  const response = await download(`/api/v1/recordings/${body.id}/events`);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended before ${pattern}: ${text}`);
      text += new TextDecoder().decode(value);
    }
  };
  await until(/event: recording\ndata: .*"title":"before"/);
  await server.ask("PATCH", `/api/v1/recordings/${body.id}`, { title: "after" });
  await until(/"title":"after"/);
  await server.ask("DELETE", `/api/v1/recordings/${body.id}`);
  await until(/event: deleted\ndata: .*/);
  await reader.cancel();
});
