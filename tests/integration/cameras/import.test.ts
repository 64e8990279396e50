/** A list of cameras, imported: each line by itself, and nothing of it when it is no list. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_IMPORTED_CAMERAS } from "@/lib/protocol/cameras";
import { startTestServer, type TestServer } from "@/tests/support/server";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const importList = (list: string, start = false) => server.ask("POST", "/api/v1/camera-imports", { list, start });
const cameraCount = () => server.services.database.camera.count();

test("each line is a camera; what is wrong with one keeps no other from being added", async () => {
  const list = [
    "name,address,user,password",
    "Front door,rtsp://192.0.2.20/stream,viewer,s3cret",
    "Yard,http://192.0.2.21/picture.jpg",
    "# the garage is being built",
    "Gate,rtsp://someone:else@192.0.2.22/stream",
    "Front door again,rtsp://192.0.2.20/stream",
    ",rtsp://192.0.2.23/stream",
  ].join("\r\n");
  const { status, body } = await importList(list);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.cameras).toMatchObject([
    { line: 2, name: "Front door", id: expect.any(String), code: null, message: null },
    { line: 3, name: "Yard", id: null, code: "line_invalid", message: expect.stringContaining("rtsp://") },
    { line: 5, name: "Gate", id: expect.any(String), code: null },
    { line: 6, name: "Front door again", id: null, code: "address_there" },
    { line: 7, name: null, id: null, code: "line_invalid", message: "The name is missing." },
  ]);
  const { body: door } = await server.ask("GET", `/api/v1/cameras/${body.cameras[0].id}`);
  expect(door).toMatchObject({ name: "Front door", state: "stopped" });
  const kept = await server.services.database.camera.findMany({ orderBy: { rtspUrl: "asc" } });
  expect(kept.map(({ rtspUrl }) => rtspUrl)).toEqual(["rtsp://192.0.2.20/stream", "rtsp://192.0.2.22/stream"]);
  expect(kept.every(({ credentials }) => credentials !== null && !/s3cret|else/.test(credentials))).toBe(true);
});

test("the same list a second time adds only what is new, and another's cameras are no reason to leave one out", async () => {
  const list = "Front door;rtsp://192.0.2.20/stream\nAttic;rtsp://192.0.2.30/stream";
  const { body } = await importList(list);
  expect(body.cameras.map(({ code }: { code: string | null }) => code)).toEqual(["address_there", null]);
  const other = await server.addUser();
  const theirs = await server.ask("POST", "/api/v1/camera-imports", { list }, other.token);
  expect(theirs.body.cameras.map(({ code }: { code: string | null }) => code)).toEqual([null, null]);
});

test("objects of JSON take the id and the settings of adding one, and are recorded when that is asked", async () => {
  const lines = [
    { id: "dock", name: "Dock", url: "rtsp://192.0.2.40/stream", segmentSeconds: 30, retentionDays: 7 },
    { id: "dock", name: "Dock too", url: "rtsp://192.0.2.41/stream" },
  ];
  const { body } = await importList(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"name": "half`, true);
  expect(body.cameras).toMatchObject([
    { line: 1, id: "dock", code: null },
    { line: 2, id: null, code: "camera_id_taken" },
    { line: 3, id: null, code: "line_invalid", message: "The line is no JSON object." },
  ]);
  const { body: dock } = await server.ask("GET", "/api/v1/cameras/dock");
  expect(dock).toMatchObject({ settings: { segmentSeconds: 30, retentionDays: 7 } });
  expect(dock.state).not.toBe("stopped");
});

test("an empty list and one that is too long add nothing", async () => {
  const before = await cameraCount();
  const empty = await importList("\n# nothing\n");
  expect([empty.status, empty.body.code]).toEqual([400, "list_empty"]);
  const lines = Array.from({ length: MAX_IMPORTED_CAMERAS + 1 }, (_, n) => `Camera ${n},rtsp://192.0.2.50/${n}`);
  const long = await importList(lines.join("\n"));
  expect([long.status, long.body.code]).toEqual([400, "list_too_long"]);
  expect(await cameraCount()).toBe(before);
});
