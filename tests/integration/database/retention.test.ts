/** What clean-up removes and what it leaves, and what keeps recordings moving, on both databases. */
import { createHash } from "node:crypto";
import { access, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cleanUp, whyNotToCleanUp } from "@/lib/server/recordings/clean-up";
import { beginTrack, createRecording, finishTrack } from "@/lib/server/recordings/lifecycle";
import { SteadyClock } from "@/lib/server/recordings/steady-clock";
import { endInterrupted, finishDeletions, requeueCompilations } from "@/lib/server/recordings/upkeep";
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

  it("keeps raw tracks while the finished file is unchecked", async () => {
    const id = await makeReady(hoursAgo(100));
    await services.database.output.updateMany({ where: { recordingId: id }, data: { isUnchecked: true } });
    expect(await cleanUp(services, NOW)).toEqual({ recordings: 0, rawTracks: 0 });
    await services.database.output.updateMany({ where: { recordingId: id }, data: { isUnchecked: false } });
    expect(await cleanUp(services, NOW)).toEqual({ recordings: 0, rawTracks: 1 });
  });

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

  it("carries on the removal of raw tracks that was marked and not done, and keeps them when the file has gone", async () => {
    const id = await makeReady(hoursAgo(24));
    const lost = await makeReady(hoursAgo(24));
    await services.folder.removeFile(lost, `${lost}.mp4`);
    for (const recordingId of [id, lost]) {
      await services.database.recording.update({ where: { id: recordingId }, data: { sizeBytes: 11n } });
      await services.database.track.updateMany({ where: { recordingId }, data: { removedAt: NOW } });
    }
    expect(await cleanUp(services, NOW)).toEqual({ recordings: 0, rawTracks: 1 });
    expect([await exists(id, "video.webm"), await exists(lost, "video.webm")]).toEqual([false, true]);
    expect(await services.database.recording.findUnique({ where: { id } })).toMatchObject({ sizeBytes: 8n });
    expect(await cleanUp(services, NOW)).toEqual({ recordings: 0, rawTracks: 0 });
  });

  it("stops with an alarm when a run would touch more than the bound and more than half", async () => {
    const { config } = services;
    const few: TestServices = { ...services, config: { ...config, CLEANUP_MAX_RECORDINGS: 2 } };
    const due = [hoursAgo(25), hoursAgo(26), hoursAgo(27)];
    for (const stoppedAt of due) await make({ state: "stopped", stoppedAt });
    await makeReady(hoursAgo(1));
    await expect(cleanUp(few, NOW)).rejects.toMatchObject({ code: "cleanup_stopped" });
    expect(await remaining()).toHaveLength(4);
    expect(await services.folder.hasCleanupAlarm()).toBe(true);

    // With more to keep, three are no longer more than half: the alarm ends by itself.
    await makeReady(hoursAgo(1));
    await makeReady(hoursAgo(1));
    expect(await cleanUp(few, NOW)).toEqual({ recordings: 3, rawTracks: 0 });
    expect(await services.folder.hasCleanupAlarm()).toBe(false);
  });

  it("counts raw tracks that would go, too, as of a clock that is put forward by a day", async () => {
    const few: TestServices = { ...services, config: { ...services.config, CLEANUP_MAX_RECORDINGS: 1 } };
    for (let index = 0; index < 3; index += 1) await makeReady(hoursAgo(1));
    await expect(cleanUp(few, hoursAgo(-24))).rejects.toMatchObject({ code: "cleanup_stopped" });
  });

  it("waits for an hour of a steady clock after a leap, and when nothing was written for a day before the start", async () => {
    const now = { wall: Date.now(), monotonic: 0 };
    const clock = new SteadyClock({ wallMs: () => now.wall, monotonicMs: () => now.monotonic });
    expect(await whyNotToCleanUp(services, clock)).toBeNull();
    await make({ createdAt: new Date(Date.now() - 25 * HOUR_MS), lastByteAt: null });
    expect(await whyNotToCleanUp(services, clock)).toMatch(/newest recording is not of today/);
    await make({ createdAt: new Date() });
    expect(await whyNotToCleanUp(services, clock)).toBeNull();
    now.wall += 24 * HOUR_MS;
    clock.look();
    expect(await whyNotToCleanUp(services, clock)).toMatch(/has leapt/);
    now.wall += HOUR_MS;
    now.monotonic += HOUR_MS;
    clock.look();
    expect(await whyNotToCleanUp(services, clock)).toBeNull();
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
