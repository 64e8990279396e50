/** What clean-up removes and what it leaves, and what keeps recordings moving, on both databases. */
import { createHash } from "node:crypto";
import { access, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { beginTrack, createRecording, finishTrack } from "@/lib/server/recordings/lifecycle";
import { cleanUp, endInterrupted, finishDeletions, requeueCompilations } from "@/lib/server/recordings/upkeep";
import { DATABASES, type TestDatabases } from "@/tests/support/databases";
import { connected } from "@/tests/support/redis";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";

const HOUR_MS = 3_600_000;
const NOW = new Date("2026-06-01T12:00:00Z");
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);

describe.each(DATABASES)("retention on $database", ({ start }) => {
  let databases: TestDatabases;
  let services: TestServices;
  let owner: { userId: string };

  beforeAll(async () => {
    databases = await start();
    services = await openTestServices({
      DATABASE_URL: await databases.create("retention"),
      RAW_RETENTION_HOURS: "24",
      READY_RETENTION_HOURS: "never",
      INTERRUPTED_TIMEOUT_MINUTES: "60",
    });
    await connected(services.redis);
  });
  afterAll(async () => {
    await services.dispose();
    await databases.stop();
  });
  beforeEach(async () => {
    await services.database.recording.deleteMany({});
    owner = await addUser(services);
  });

  type Data = Parameters<typeof services.database.recording.update>[0]["data"];

  async function make(data: Data): Promise<string> {
    const id = await createRecording(services, owner, { tracks: [] });
    await services.database.recording.update({ where: { id }, data });
    return id;
  }

  /** A finished recording with a raw track and an MP4 on disk. */
  async function makeReady(readyAt: Date, data: Data = {}): Promise<string> {
    const id = await make({ state: "ready", readyAt, ...data });
    await writeFile(services.folder.file(id, "video.webm"), "raw");
    await beginTrack(services, id, 1, "video");
    await finishTrack(services, id, 1, "video", { sizeBytes: 3, sha256: null });
    const content = "finished";
    await writeFile(services.folder.file(id, `${id}.mp4`), content);
    await services.database.output.create({
      data: {
        recordingId: id,
        kind: "mp4",
        filename: `${id}.mp4`,
        contentType: "video/mp4",
        sizeBytes: BigInt(content.length),
        sha256: createHash("sha256").update(content).digest("hex"),
      },
    });
    return id;
  }

  const exists = (id: string, filename = "") =>
    access(filename === "" ? services.folder.folder(id) : services.folder.file(id, filename)).then(
      () => true,
      () => false,
    );

  async function remaining(): Promise<string[]> {
    return (await services.database.recording.findMany({ select: { id: true } })).map(({ id }) => id);
  }

  it("removes what never became a file after the period, folder and all, and nothing earlier", async () => {
    const old = await make({ state: "stopped", stoppedAt: hoursAgo(24) });
    const failed = await make({ state: "failed", stoppedAt: hoursAgo(25) });
    const young = await make({ state: "stopped", stoppedAt: hoursAgo(23) });
    expect(await cleanUp(services, NOW)).toEqual({ recordings: 2, rawTracks: 0 });
    expect(await remaining()).toEqual([young]);
    expect([await exists(old), await exists(failed), await exists(young)]).toEqual([false, false, true]);
  });

  it("never removes what is live, compiling or pinned", async () => {
    const ids = [
      await make({ state: "recording", createdAt: hoursAgo(1000) }),
      await make({ state: "compiling", createdAt: hoursAgo(1000), stoppedAt: hoursAgo(999) }),
      await make({ state: "failed", stoppedAt: hoursAgo(1000), pinned: true }),
      await makeReady(hoursAgo(1000), { pinned: true, retentionHours: 1 }),
    ];
    expect((await cleanUp(services, NOW)).recordings).toBe(0);
    expect((await remaining()).sort()).toEqual(ids.sort());
  });

  it("keeps finished files unless the owner or the recording says otherwise", async () => {
    const kept = await makeReady(hoursAgo(1000));
    const own = await makeReady(hoursAgo(3), { retentionHours: 2 });
    expect((await cleanUp(services, NOW)).recordings).toBe(1);
    expect(await remaining()).toEqual([kept]);
    expect(await exists(own)).toBe(false);

    await services.database.user.update({ where: { id: owner.userId }, data: { retentionHours: 500 } });
    const forever = await makeReady(hoursAgo(1000), { retentionHours: 0 });
    expect((await cleanUp(services, NOW)).recordings).toBe(1);
    expect(await remaining()).toEqual([forever]);
  });

  it("removes the raw tracks of a finished recording after the period, and keeps its file", async () => {
    const id = await makeReady(hoursAgo(24), { pinned: true });
    expect(await cleanUp(services, NOW)).toEqual({ recordings: 0, rawTracks: 1 });
    expect([await exists(id, "video.webm"), await exists(id, `${id}.mp4`)]).toEqual([false, true]);
    const recording = await services.database.recording.findUniqueOrThrow({ where: { id }, include: { tracks: true } });
    expect(recording.sizeBytes).toBe(8n);
    expect(recording.tracks[0]?.removedAt).toEqual(NOW);
    expect(await cleanUp(services, NOW)).toEqual({ recordings: 0, rawTracks: 0 });
  });

  it("keeps the raw tracks when the finished file is not as its row says", async () => {
    const cut = await makeReady(hoursAgo(100));
    await writeFile(services.folder.file(cut, `${cut}.mp4`), "fini");
    const lost = await makeReady(hoursAgo(100));
    await services.folder.removeFile(lost, `${lost}.mp4`);
    expect((await cleanUp(services, NOW)).rawTracks).toBe(0);
    expect([await exists(cut, "video.webm"), await exists(lost, "video.webm")]).toEqual([true, true]);
  });

  it("ends recordings whose source has been silent for longer than the timeout", async () => {
    const silent = await make({ lastByteAt: hoursAgo(1.01) });
    const alive = await make({ lastByteAt: hoursAgo(0.99) });
    expect(await endInterrupted(services, NOW)).toBe(1);
    const states = await services.database.recording.findMany({ select: { id: true, state: true } });
    expect(Object.fromEntries(states.map(({ id, state }) => [id, state]))).toEqual({
      [silent]: "stopped",
      [alive]: "recording",
    });
  });

  it("carries on a deletion that was interrupted, and leaves one that has just begun", async () => {
    const interrupted = await make({ deletedAt: hoursAgo(1) });
    const begun = await make({ deletedAt: NOW });
    expect(await finishDeletions(services, NOW)).toBe(1);
    expect(await remaining()).toEqual([begun]);
    expect(await exists(interrupted)).toBe(false);
  });

  it("queues again what the database asks for and the queue has lost, each once", async () => {
    await services.redis.flushall();
    const asked = { compileRequestedAt: NOW };
    await make({ state: "stopped", ...asked });
    await make({ state: "compiling", ...asked });
    await make({ state: "stopped", compileRequestedAt: null });
    await make({ state: "ready", ...asked });
    await make({ state: "stopped", ...asked, deletedAt: NOW });
    expect(await requeueCompilations(services)).toBe(2);
    expect(await requeueCompilations(services)).toBe(2);
    expect((await services.compileQueue.counts()).waiting).toBe(2);
  });
});
