/** What a server finds after one that was stopped or killed in the middle, and what it makes of it. */
import { randomBytes } from "node:crypto";
import { access, appendFile, mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beginTrack, createRecording, finishTrack } from "@/lib/server/recordings/lifecycle";
import { repairRecordings } from "@/lib/server/recordings/repair";
import { createToken } from "@/lib/server/users/api-tokens";
import { type RunningServer, startServer } from "@/server/server";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { TrackClient } from "@/tests/support/track-client";

const NOTHING = { tracks: 0, clocks: 0, workFolders: 0, ended: 0, deletions: 0 };
const CLOCK = '{"clock":"page","browser":"chromium"}\n{"o":3,"p":10.5}\n';

let services: TestServices;
let owner: { userId: string };
beforeEach(async () => {
  services = await openTestServices({ PORT: "0" });
  owner = await addUser(services);
});
afterEach(() => services.dispose());

const create = (tracks: ("video" | "audio")[] = ["video"]) => createRecording(services, owner, { tracks });
const find = (id: string) =>
  services.database.recording.findUniqueOrThrow({ where: { id }, include: { tracks: true } });
const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Repairs, and repairs again: the second time there is nothing left to do. */
async function repair(): Promise<object> {
  const report = await repairRecordings(services);
  expect(await repairRecordings(services)).toEqual(NOTHING);
  return report;
}

describe("repair at the start", () => {
  test("notes the sizes that live tracks have on disk, of one without a row too", async () => {
    const id = await create(["video", "audio"]);
    await beginTrack(services, id, 1, "video");
    await writeFile(services.folder.file(id, "video.webm"), "twelve bytes");
    await writeFile(services.folder.file(id, "audio.webm"), "five.");
    expect(await repair()).toEqual({ ...NOTHING, tracks: 2 });
    const sizes = Object.fromEntries((await find(id)).tracks.map(({ kind, sizeBytes }) => [kind, sizeBytes]));
    expect(sizes).toEqual({ video: 12n, audio: 5n });
  });

  test("keeps what a row says of bytes that are lost, so that it can be found", async () => {
    const id = await create();
    await beginTrack(services, id, 1, "video");
    await writeFile(services.folder.file(id, "video.webm"), "short");
    await services.database.track.updateMany({ where: { recordingId: id }, data: { sizeBytes: 100n } });
    expect(await repair()).toEqual(NOTHING);
    expect((await find(id)).tracks[0]?.sizeBytes).toBe(100n);
  });

  test.each([
    ["in the middle of a line", `${CLOCK}{"o":9,"p"`, CLOCK],
    ["where nothing was written back", `${CLOCK}${"\0".repeat(5000)}`, CLOCK],
    ["between zeros and a line", `${CLOCK}\0\0\0\n{"o":9,"p"`, CLOCK],
    ["before its first line", '{"clock":"pa', ""],
    ["nowhere", CLOCK, CLOCK],
  ])("cuts a clock file that is torn %s after its last whole line", async (_, torn, whole) => {
    const id = await create();
    await beginTrack(services, id, 1, "video");
    await writeFile(services.folder.file(id, "video.webm"), "");
    const file = services.folder.file(id, "video.clock.jsonl");
    await writeFile(file, torn);
    expect(await repair()).toEqual({ ...NOTHING, clocks: torn === whole ? 0 : 1 });
    expect(await readFile(file, "utf8")).toBe(whole);
  });

  test("ends what has all its tracks, and goes on waiting for what has not", async () => {
    const complete = await create(["video"]);
    const unannounced = await create([]);
    const waiting = await create(["video", "audio"]);
    for (const id of [complete, unannounced, waiting]) {
      await writeFile(services.folder.file(id, "video.webm"), "abc");
      await beginTrack(services, id, 1, "video");
      await finishTrack(services, id, 1, "video", { sizeBytes: 3, sha256: null });
    }
    expect(await repair()).toEqual({ ...NOTHING, ended: 2 });
    expect([(await find(complete)).state, (await find(unannounced)).state]).toEqual(["stopped", "stopped"]);
    expect((await find(waiting)).state).toBe("recording");
  });

  test("carries deletions on, however young", async () => {
    const id = await create();
    await services.database.recording.update({ where: { id }, data: { deletedAt: new Date() } });
    expect(await repair()).toEqual({ ...NOTHING, deletions: 1 });
    expect([await exists(services.folder.folder(id)), await services.database.recording.count()]).toEqual([false, 0]);
  });

  test("removes work folders of compilations and extras that are over, and no others", async () => {
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const work = async (state: string, name: string, touchedAt: Date, writtenAt = touchedAt) => {
      const id = await create();
      await services.database.recording.update({ where: { id }, data: { state, compileStartedAt: new Date() } });
      const folder = path.join(services.folder.folder(id), "work", name);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, "out.mp4"), "");
      await utimes(path.join(folder, "out.mp4"), writtenAt, writtenAt);
      await utimes(folder, touchedAt, touchedAt);
      return path.dirname(folder);
    };
    const over = await work("ready", "compile-1", ago(1));
    const running = await work("compiling", "compile-1", ago(1));
    const justClaimed = await work("stopped", "compile-1", new Date());
    // Extras do not say that they are at work: a picture of a long film takes long, several resolutions write all the time.
    const picture = await work("ready", "extra-preview", ago(1));
    const resolutions = await work("ready", "extra-adaptive", ago(20), new Date());
    const leftExtra = await work("ready", "extra-adaptive", ago(20));
    expect(await repair()).toEqual({ ...NOTHING, workFolders: 2 });
    expect(await Promise.all([over, leftExtra].map(exists))).toEqual([false, false]);
    const kept = await Promise.all([running, justClaimed, picture, resolutions].map(exists));
    expect(kept).toEqual([true, true, true, true]);
  });
});

describe("a server after another", () => {
  const servers: RunningServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  async function start(): Promise<RunningServer> {
    const server = await startServer(services, null);
    servers.push(server);
    return server;
  }

  test("that was stopped in order goes on where its sources were told to come back", async () => {
    const { token } = await createToken(services, owner.userId, "test");
    const id = await create();
    const bytes = randomBytes(200_000);
    const first = await start();
    const before = new TrackClient(first.url, `/ws/video?session=${id}`, token);
    await before.hear("ready");
    before.send({ type: "start", mimeType: "video/webm", startedAtMs: 1 });
    before.send(bytes.subarray(0, 120_000));
    await before.acknowledged(120_000);
    await first.close();
    servers.pop();
    expect(await before.closed()).toBe(1012);
    const second = await start();
    const after = new TrackClient(second.url, `/ws/video?session=${id}`, token);
    expect((await after.hear("ready")).offset).toBe(120_000);
    after.send(bytes.subarray(120_000));
    after.send({ type: "finish", offset: bytes.length });
    await after.hear("finished");
    expect((await readFile(services.folder.file(id, "video.webm"))).equals(bytes)).toBe(true);
  });

  test("that was killed takes what lies beyond the last acknowledgement as it is on disk", async () => {
    const { token } = await createToken(services, owner.userId, "test");
    const id = await create();
    await beginTrack(services, id, 1, "video");
    await appendFile(services.folder.file(id, "video.webm"), "acknowledged and a bit more");
    const { url } = await start();
    expect((await find(id)).tracks[0]?.sizeBytes).toBe(27n);
    const client = new TrackClient(url, `/ws/video?session=${id}`, token);
    expect((await client.hear("ready")).offset).toBe(27);
  });

  test("takes an announced track that its source still holds, although the recording was ended without it", async () => {
    const { token } = await createToken(services, owner.userId, "test");
    const id = await create(["video", "audio"]);
    await services.database.recording.update({ where: { id }, data: { state: "stopped", stoppedAt: new Date() } });
    const { url } = await start();
    const client = new TrackClient(url, `/ws/audio?session=${id}`, token);
    expect((await client.hear("ready")).offset).toBe(0);
    expect((await find(id)).state).toBe("recording");
  });

  test("asks a source to come back whose recording is being compiled without it", async () => {
    const { token } = await createToken(services, owner.userId, "test");
    const id = await create();
    await services.database.recording.update({ where: { id }, data: { state: "compiling" } });
    const { url } = await start();
    const client = new TrackClient(url, `/ws/video?session=${id}`, token);
    expect(await client.hear("error")).toMatchObject({ code: "compiling", retry: true });
    expect(await client.closed()).toBe(1013);
  });
});
