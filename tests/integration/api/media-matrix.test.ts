/** Who gets which bytes: every operation of the OpenAPI document that serves media, asked by everybody there is. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Footage, makeFootage } from "@/tests/support/camera-footage";
import { addCapture, addExtras, addFinished } from "@/tests/support/finished-recording";
import { makeLive } from "@/tests/support/live-recording";
import { startTestServer, type TestServer } from "@/tests/support/server";
import { makeSnapshots } from "@/tests/support/snapshot-recording";

interface Operation {
  summary: string;
  security?: Record<string, unknown>[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

/** One who asks: what is sent, and what the answer is for what a link opens, and for what it does not. */
interface Asker {
  token: string | null;
  share?: string;
  cookie?: string;
  expected: { shared: [status: number, code?: string]; ownersOnly: [status: number, code?: string] };
}

const PASSWORD = "open sesame";
const OK = [200] as [number];
const NOT_FOUND = [404, "recording_not_found"] as [number, string];
const NOBODY = [401, "not_signed_in"] as [number, string];
const DEAD_LINK = [404, "share_not_found"] as [number, string];

let server: TestServer;
/** Of a recording, and of a camera. */
let id: string;
let footage: Footage;
let captureFilename: string;
let operations: { path: string; operation: Operation }[];
let askers: Record<string, Asker>;

beforeAll(async () => {
  server = await startTestServer();
  const other = await server.addUser();
  id = await addFinished(server, "mine");
  await (await makeLive(server, id)).addSegment();
  await makeSnapshots(server, id);
  await addExtras(server, id);
  captureFilename = await addCapture(server, id);
  footage = await makeFootage(server, id);
  const anothers = await addFinished(server, "not mine", other.token);
  const link = await share(id, { mayDownload: true });
  const expired = await share(id, {});
  await server.services.database.share.update({ where: { id: expired.id }, data: { expiresAt: new Date() } });
  const revoked = await share(id, {});
  await server.ask("DELETE", `/api/v1/recordings/${id}/shares/${revoked.id}`);
  const locked = await share(id, { password: PASSWORD, mayDownload: true });
  const wrong = await share(anothers, { mayDownload: true }, other.token);
  // Links open what they are made for, whoever uses them; they add nothing to being signed in, and take nothing away.
  const byLink = (token: string, shared: [number, string?]): Asker => ({
    token: null,
    share: token,
    expected: { shared, ownersOnly: NOBODY },
  });
  askers = {
    "the owner": { token: server.token, expected: { shared: OK, ownersOnly: OK } },
    "another user": { token: other.token, expected: { shared: NOT_FOUND, ownersOnly: NOT_FOUND } },
    nobody: { token: null, expected: { shared: NOBODY, ownersOnly: NOBODY } },
    "the holder of a link": byLink(link.token, OK),
    "the holder of a link to another recording": byLink(wrong.token, NOT_FOUND),
    "the holder of an expired link": byLink(expired.token, DEAD_LINK),
    "the holder of a revoked link": byLink(revoked.token, DEAD_LINK),
    "somebody with a made-up link": byLink("tds_nothing", DEAD_LINK),
    "the holder of a link who has not given its password": byLink(locked.token, [401, "share_locked"]),
    "the holder of a link who has given its password": {
      ...byLink(locked.token, OK),
      cookie: await unlock(locked.token, PASSWORD),
    },
    "the holder of another link's proof": {
      ...byLink(locked.token, [401, "share_locked"]),
      cookie: (await unlock(locked.token, PASSWORD)).replace(locked.id, link.id),
    },
    "the owner with a link to another recording": {
      ...byLink(wrong.token, NOT_FOUND),
      token: server.token,
      expected: { shared: NOT_FOUND, ownersOnly: OK },
    },
    "another user with a link": {
      ...byLink(link.token, OK),
      token: other.token,
      expected: { shared: OK, ownersOnly: NOT_FOUND },
    },
  };
  const { body: document } = await server.ask("GET", "/api/openapi.json", undefined, null);
  operations = Object.entries<Record<string, Operation>>(document.paths)
    .flatMap(([path, methods]) => (methods.get === undefined ? [] : [{ path, operation: methods.get }]))
    .filter(({ operation }) => servesMedia(operation));
});
afterAll(() => server.stop());

interface Link {
  id: string;
  token: string;
  path: string;
}

async function share(recordingId: string, request: object, token = server.token): Promise<Link> {
  const { status, body } = await server.ask("POST", `/api/v1/recordings/${recordingId}/shares`, request, token);
  expect(status).toBe(201);
  return body;
}

function postUnlock(token: string, password: string): Promise<Response> {
  return fetch(`${server.url}/api/v1/shared/unlock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ share: token, password }),
  });
}

/** @returns the cookie that proves the password */
async function unlock(token: string, password: string): Promise<string> {
  const response = await postUnlock(token, password);
  expect(response.status).toBe(204);
  const cookie = response.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
  return cookie.split(";", 1)[0] as string;
}

/** Everything that is neither JSON nor a stream of events is somebody's recording. */
function servesMedia({ responses }: Operation): boolean {
  const types = Object.keys(responses["200"]?.content ?? {});
  return types.some((type) => !/^(application\/json|text\/event-stream|text\/plain)/.test(type));
}

/** Name of a file that is the owner's, by where it is asked for. */
function fileOf(path: string): string {
  if (path.startsWith("/podsinspace/")) return captureFilename;
  if (path.includes("/hls/")) return "hls.m3u8";
  return path.includes("/cameras/") ? footage.filename : "video.webm";
}

/** The address of an operation, of what is the owner's. */
function addressOf(path: string): string {
  const range = `?from=${footage.startedAt.toISOString()}&to=${footage.endedAt.toISOString()}`;
  return path
    .replace(/\{(id|session_id|recording_id)\}/, id)
    .replace("{filename}", fileOf(path))
    .replace("{segment}", "0.m4s")
    .replace("{at}", String(footage.startedAt.getTime()))
    .concat(path.endsWith("/range.m3u8") ? range : "");
}

async function ask(path: string, { token, share: link, cookie }: Asker): Promise<[number, string?]> {
  const address = addressOf(path);
  const concrete = address.concat(link === undefined ? "" : `${address.includes("?") ? "&" : "?"}share=${link}`);
  const response = await fetch(server.url + concrete, {
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(cookie === undefined ? {} : { cookie }),
    },
  });
  if (response.ok) return [response.status];
  return [response.status, ((await response.json()) as { code: string }).code];
}

test("there are operations that serve media, and a link opens some of them", () => {
  const opened = operations.filter(({ operation }) => isOpenToLinks(operation)).map(({ path }) => path);
  expect(opened).toEqual(
    expect.arrayContaining([
      "/api/v1/recordings/{id}/file",
      "/api/v1/recordings/{id}/thumbnail",
      "/api/v1/recordings/{id}/live/index.m3u8",
      "/api/v1/recordings/{id}/live/init.mp4",
      "/api/v1/recordings/{id}/live/{segment}",
    ]),
  );
  expect(operations.map(({ path }) => path)).toContain("/api/v1/recordings/{id}/tracks/{filename}");
  expect(opened).not.toContain("/api/v1/recordings/{id}/tracks/{filename}");
});

function isOpenToLinks({ security }: Operation): boolean {
  return security?.some((requirement) => "share" in requirement) ?? false;
}

test("everybody gets what is theirs, on every operation that serves media", async () => {
  for (const { path, operation } of operations) {
    // What is compiled while it is recorded, and pictures of what runs, are there until the file is.
    const state = /\/(live|snapshots)\//.test(path) ? "recording" : "ready";
    await server.services.database.recording.update({ where: { id }, data: { state } });
    for (const [who, asker] of Object.entries(askers)) {
      const expected = isOpenToLinks(operation) ? asker.expected.shared : asker.expected.ownersOnly;
      const answer = await ask(path, asker);
      // What is not there is called by its own name.
      if (path.includes("/cameras/") && answer[1] === "camera_not_found") answer[1] = "recording_not_found";
      expect({ who, path, answer }).toEqual({ who, path, answer: expected });
    }
  }
  await server.services.database.recording.update({ where: { id }, data: { state: "ready" } });
});

describe("a share link", () => {
  test("without downloads gives the file to watch, not to keep", async () => {
    const { token } = await share(id, {});
    const asker = { token: null, share: token } as Asker;
    expect(await ask("/api/v1/recordings/{id}/file", asker)).toEqual([200]);
    const kept = await fetch(`${server.url}/api/v1/recordings/${id}/file?download=1&share=${token}`);
    expect([kept.status, ((await kept.json()) as { code: string }).code]).toEqual([403, "download_not_allowed"]);
  });

  test("shows its recording with addresses that work, and nothing that is the owner's", async () => {
    const { token } = await share(id, { name: "Zoë", validHours: 24 });
    const { status, body } = await server.ask("GET", `/api/v1/shared?share=${token}`, undefined, null);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, title: "mine", state: "ready", mayDownload: false });
    for (const hidden of ["tracks", "pinned", "retentionHours", "sizeBytes"]) expect(body).not.toHaveProperty(hidden);
    for (const url of [
      body.downloadUrl,
      body.thumbnailUrl,
      ...body.outputs.map((output: { url: string }) => output.url),
    ])
      expect((await fetch(server.url + url)).status).toBe(200);
    const { body: links } = await server.ask("GET", `/api/v1/recordings/${id}/shares`);
    const own = links.find(({ name }: { name: string }) => name === "Zoë");
    expect(own).toMatchObject({ hint: token.slice(-4), hasPassword: false, openedAt: expect.any(String) });
    expect(JSON.stringify(links)).not.toContain(token);
    expect(await server.services.database.share.count({ where: { tokenHash: token } })).toBe(0);
  });

  test("goes with its recording, and stops with its owner's account", async () => {
    const owner = await server.addUser();
    const recording = await addFinished(server, "short-lived", owner.token);
    const { token } = await share(recording, {}, owner.token);
    const shared = () => server.ask("GET", `/api/v1/shared?share=${token}`, undefined, null);
    await server.services.database.user.update({ where: { id: owner.userId }, data: { disabledAt: new Date() } });
    expect((await shared()).status).toBe(404);
    await server.services.database.user.update({ where: { id: owner.userId }, data: { disabledAt: null } });
    expect((await shared()).status).toBe(200);
    await server.ask("DELETE", `/api/v1/recordings/${recording}`, undefined, owner.token);
    expect((await shared()).status).toBe(404);
  });

  test("lets nobody guess its password for long", async () => {
    const { token } = await share(id, { password: PASSWORD });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) statuses.push((await postUnlock(token, "open barley")).status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(403));
    expect(statuses[10]).toBe(429);
    expect((await postUnlock(token, PASSWORD)).status).toBe(429);
  });

  test("is refused with a password that is too short, or for longer than ten years", async () => {
    for (const request of [{ password: "short" }, { validHours: 100_000 }]) {
      const { status } = await server.ask("POST", `/api/v1/recordings/${id}/shares`, request);
      expect(status).toBe(400);
    }
  });
});
