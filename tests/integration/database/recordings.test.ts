/** The use cases of a recording, as one suite that both databases must pass. */
import { access } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ListRecordingsQuery } from "@/lib/protocol/recordings";
import { listRecordingsQuery } from "@/lib/protocol/recordings";
import { findOwned, listOwned } from "@/lib/server/recordings/find";
import {
  beginTrack,
  changeRecording,
  createRecording,
  deleteRecording,
  finishTrack,
  isComplete,
  reopenRecording,
  requestCompile,
  stopRecording,
} from "@/lib/server/recordings/lifecycle";
import { DATABASES, type TestDatabases } from "@/tests/support/databases";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";

const GIB = 1024 ** 3;
const NOT_FOUND = { kind: "not_found", code: "recording_not_found" };

describe.each(DATABASES)("recordings on $database", ({ start }) => {
  let databases: TestDatabases;
  let services: TestServices;
  let owner: { userId: string };

  beforeAll(async () => {
    databases = await start();
    services = await openTestServices({ DATABASE_URL: await databases.create("recordings") });
  });
  afterAll(async () => {
    await services.dispose();
    await databases.stop();
  });
  beforeEach(async () => {
    owner = await addUser(services);
  });

  const create = (title?: string) => createRecording(services, owner, { title, tracks: [] });
  const find = (id: string) => findOwned(services, owner, id);
  const list = (query: Partial<Record<keyof ListRecordingsQuery, unknown>> = {}) =>
    listOwned(services, owner, listRecordingsQuery.parse(query));
  const titles = async (query: Parameters<typeof list>[0]) => (await list(query)).recordings.map(({ title }) => title);
  const set = (id: string, data: Parameters<typeof services.database.recording.update>[0]["data"]) =>
    services.database.recording.update({ where: { id }, data });

  describe("creating", () => {
    it("makes a folder and a row with its first take", async () => {
      const id = await createRecording(services, owner, { title: "Talk", tracks: ["video", "audio"] });
      await access(services.folder.folder(id));
      const recording = await find(id);
      expect(recording).toMatchObject({ title: "Talk", state: "recording", expectedTracks: "video,audio" });
      expect(recording.takes.map(({ number }) => number)).toEqual([1]);
      expect(recording.compileRequestedAt).not.toBeNull();
    });

    it("does not ask for the compilation of who has switched that off", async () => {
      await services.database.user.update({ where: { id: owner.userId }, data: { autoCompile: false } });
      expect((await find(await create())).compileRequestedAt).toBeNull();
    });

    it("is refused to who has used up the quota", async () => {
      await services.database.user.update({ where: { id: owner.userId }, data: { quotaBytes: BigInt(5 * GIB) } });
      const id = await create();
      await set(id, { sizeBytes: BigInt(5 * GIB - 1) });
      await set(await create(), { sizeBytes: 1n });
      await expect(create()).rejects.toMatchObject({ kind: "storage_full", code: "quota_exceeded" });
    });
  });

  describe("what belongs to another", () => {
    it("cannot be told from what does not exist", async () => {
      const id = await create();
      const stranger = await addUser(services);
      await expect(findOwned(services, stranger, id)).rejects.toMatchObject(NOT_FOUND);
      await expect(changeRecording(services, stranger, id, { title: "Mine" })).rejects.toMatchObject(NOT_FOUND);
      await expect(requestCompile(services, stranger, id)).rejects.toMatchObject(NOT_FOUND);
      await expect(deleteRecording(services, stranger, id)).rejects.toMatchObject(NOT_FOUND);
      expect((await listOwned(services, stranger, listRecordingsQuery.parse({}))).total).toBe(0);
      expect((await find(id)).title).not.toBe("Mine");
    });

    it("is not found by an id that is none", async () => {
      for (const id of ["", "../secret", "%2e%2e", "0".repeat(10_000)]) {
        await expect(find(id)).rejects.toMatchObject(NOT_FOUND);
      }
    });

    it("is no page to go on from", async () => {
      const theirs = await createRecording(services, await addUser(services), { tracks: [] });
      await create();
      expect((await list({ cursor: theirs })).recordings).toEqual([]);
    });
  });

  describe("listing", () => {
    it("sorts by age, title, length and size", async () => {
      for (const [title, minute, durationMs, sizeBytes] of [
        ["banana", 1, 2000, 10n],
        ["Apple", 2, null, BigInt(6 * GIB)],
        ["cherry", 3, 3000, BigInt(5 * GIB)],
      ] as const) {
        await set(await create(title), { createdAt: new Date(Date.UTC(2026, 0, 1, 0, minute)), durationMs, sizeBytes });
      }
      expect(await titles({ sort: "newest" })).toEqual(["cherry", "Apple", "banana"]);
      expect(await titles({ sort: "oldest" })).toEqual(["banana", "Apple", "cherry"]);
      expect(await titles({ sort: "title" })).toEqual(["Apple", "banana", "cherry"]);
      expect(await titles({ sort: "longest" })).toEqual(["cherry", "banana", "Apple"]);
      expect(await titles({ sort: "largest" })).toEqual(["Apple", "cherry", "banana"]);
    });

    it("finds titles with every word, whatever the case and the accents", async () => {
      for (const title of ["Résumé of the MEETING", "meeting", "100 % sure", "100 percent"]) await create(title);
      expect(await titles({ q: "resume meeting" })).toEqual(["Résumé of the MEETING"]);
      expect((await titles({ q: "Meeting" })).sort()).toEqual(["Résumé of the MEETING", "meeting"]);
      expect(await titles({ q: "nothing" })).toEqual([]);
    });

    it("takes the wildcards of SQL for what they are", async () => {
      for (const title of ["100 % sure", "100 percent", "a_b", "axb"]) await create(title);
      expect(await titles({ q: "%" })).toEqual(["100 % sure"]);
      expect(await titles({ q: "a_b" })).toEqual(["a_b"]);
      expect(await titles({ q: "'; --" })).toEqual([]);
    });

    it.each(["newest", "oldest", "title", "longest", "largest"])(
      "pages through each recording once, by %s",
      async (sort) => {
        // Equal in everything that is sorted by, so that only the id keeps them apart.
        const createdAt = new Date(Date.UTC(2026, 0, 1));
        const ids = await Promise.all(["same", "same", "same", "same", "same"].map(create));
        await services.database.recording.updateMany({ where: { ownerId: owner.userId }, data: { createdAt } });
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const page = await list({ sort, limit: 2, ...(cursor === null ? {} : { cursor }) });
          expect(page.total).toBe(5);
          expect(page.recordings.length).toBeLessThanOrEqual(2);
          seen.push(...page.recordings.map(({ id }) => id));
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(seen).toHaveLength(5);
        expect(new Set(seen)).toEqual(new Set(ids));
      },
    );
  });

  describe("tracks", () => {
    it("are noted with sizes beyond 4 GiB, and once however often they begin", async () => {
      const id = await create();
      await beginTrack(services, id, 1, "video");
      await beginTrack(services, id, 1, "video", { mimeType: "video/webm", startedAtMs: 1_800_000_000_000.4 });
      await finishTrack(services, id, 1, "video", { sizeBytes: 5 * GIB, sha256: "ab" });
      expect((await find(id)).tracks).toMatchObject([
        { filename: "video.webm", mimeType: "video/webm", startedAtMs: 1_800_000_000_000n, sizeBytes: BigInt(5 * GIB) },
      ]);
    });

    it("make the recording complete when every announced one is finished", async () => {
      const id = await createRecording(services, owner, { tracks: ["video", "audio"] });
      await beginTrack(services, id, 1, "video");
      await finishTrack(services, id, 1, "video", { sizeBytes: 1, sha256: null });
      expect(await isComplete(services, id)).toBe(false);
      await beginTrack(services, id, 1, "audio");
      expect(await isComplete(services, id)).toBe(false);
      await finishTrack(services, id, 1, "audio", { sizeBytes: 1, sha256: null });
      expect(await isComplete(services, id)).toBe(true);
    });
  });

  describe("stopping", () => {
    it("happens once, of two at the same instant", async () => {
      const id = await create();
      const both = await Promise.all([stopRecording(services, id), stopRecording(services, id)]);
      expect(both.toSorted()).toEqual([false, true]);
      expect(await find(id)).toMatchObject({ state: "stopped" });
    });

    it("queues the compilation that was asked for", async () => {
      const before = (await services.compileQueue.counts()).waiting as number;
      await stopRecording(services, await create());
      expect((await services.compileQueue.counts()).waiting).toBe(before + 1);
    });

    it("is left to who read an older time of the last byte", async () => {
      const id = await create();
      expect(await stopRecording(services, id, { lastByteBefore: new Date(0) })).toBe(false);
      expect(await find(id)).toMatchObject({ state: "recording" });
    });

    it("is taken back when the source comes again", async () => {
      const id = await create();
      await stopRecording(services, id);
      expect(await reopenRecording(services, id)).toBe(true);
      expect(await find(id)).toMatchObject({ state: "recording", stoppedAt: null });
      expect(await reopenRecording(services, id)).toBe(false);
    });
  });

  describe("asking for the compilation", () => {
    it("changes nothing while it waits, runs or is done", async () => {
      const id = await create();
      await stopRecording(services, id);
      const { compileRequestedAt } = await find(id);
      for (const state of ["stopped", "compiling", "ready"]) {
        await set(id, { state });
        await requestCompile(services, owner, id);
        expect(await find(id)).toMatchObject({ state, compileRequestedAt });
      }
    });

    it("tries again after a failure, with all its attempts", async () => {
      const id = await create();
      await set(id, { state: "failed", failureCode: "broken", failureMessage: "It broke.", compileAttempts: 3 });
      await requestCompile(services, owner, id);
      expect(await find(id)).toMatchObject({ state: "stopped", failureCode: null, compileAttempts: 0 });
    });

    it("is a conflict when the tracks are gone", async () => {
      const id = await create();
      await beginTrack(services, id, 1, "video");
      await services.database.track.updateMany({ where: { recordingId: id }, data: { removedAt: new Date() } });
      await set(id, { state: "failed" });
      await expect(requestCompile(services, owner, id)).rejects.toMatchObject({ code: "tracks_removed" });
    });
  });

  it("is found under its new title when it is renamed, and keeps the rest", async () => {
    const id = await create("Before");
    await changeRecording(services, owner, id, { pinned: true, retentionHours: 5 });
    await changeRecording(services, owner, id, { title: "Überarbeitet" });
    expect(await titles({ q: "uberarbeitet" })).toEqual(["Überarbeitet"]);
    expect(await titles({ q: "before" })).toEqual([]);
    expect(await find(id)).toMatchObject({ pinned: true, retentionHours: 5 });
  });

  it("is gone with its folder and everything that belonged to it when it is deleted", async () => {
    const id = await create();
    await beginTrack(services, id, 1, "video");
    await deleteRecording(services, owner, id);
    await expect(access(services.folder.folder(id))).rejects.toMatchObject({ code: "ENOENT" });
    expect(await services.database.track.count({ where: { recordingId: id } })).toBe(0);
    expect(await services.database.take.count({ where: { recordingId: id } })).toBe(0);
    await expect(deleteRecording(services, owner, id)).rejects.toMatchObject(NOT_FOUND);
    expect((await list()).total).toBe(0);
  });
});
