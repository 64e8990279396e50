/** Every kind of damage is found, repaired and found no more; nothing is deleted, and what is well is not spoken of. */
import { randomUUID } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clockFilename, mp4Filename, THUMBNAIL_FILENAME } from "@/lib/domain/names";
import { type CheckOptions, checkLibrary } from "@/lib/server/check/check-library";
import type { Finding, FindingCode } from "@/lib/server/check/finding";
import { NOTES_FILENAME, QUARANTINE_FOLDER } from "@/lib/server/check/quarantine";
import { type Repair, repair } from "@/lib/server/check/repair";
import { beginTrack } from "@/lib/server/recordings/lifecycle";
import { emptyLibrary, everyDigest, type Library, makeLibrary, trackBytes } from "@/tests/integration/check/library";
import { DATABASES, type TestDatabases } from "@/tests/support/databases";
import { openTestServices, type TestServices } from "@/tests/support/services";

/** What is quarantined has not changed for ten minutes: the repairs of these tests happen later than that. */
const LATER_MS = 11 * 60_000;

describe.each(DATABASES)("a check on $database", ({ start }) => {
  let databases: TestDatabases;
  let services: TestServices;
  let library: Library;

  beforeAll(async () => {
    databases = await start();
    services = await openTestServices({ DATABASE_URL: await databases.create("check") });
  });
  afterAll(async () => {
    await services.dispose();
    await databases.stop();
  });
  beforeEach(async () => {
    await emptyLibrary(services);
    library = await makeLibrary(services);
  });

  const check = (options: CheckOptions = {}) =>
    checkLibrary(services, { deep: true, settle: async () => {}, ...options });
  const file = (id: string, name: string) => path.join(services.folder.folder(id), name);
  const told = (findings: Finding[]) => findings.map(({ code, path: at }) => `${code} ${at}`);

  async function findAndRepair(): Promise<{ findings: Finding[]; repairs: Repair[] }> {
    const { findings } = await check();
    const before = await everyDigest(services.folder.root);
    const repairs = await repair(services, findings, Date.now() + LATER_MS);
    expect(await everyDigest(services.folder.root)).toEqual(before);
    return { findings, repairs };
  }

  it("finds nothing in a library that is well, whatever state its recordings are in", async () => {
    const report = await check();
    expect(report.findings).toEqual([]);
    expect(report.recordings).toBe(6);
    // ready 4, cleaned 2, stopped 1, compiling 2, live 1, failed 2
    expect(report.files).toBe(12);
    expect((await check({ deep: false })).findings).toEqual([]);
  });

  /** Each with what is found, and what repairing does about it. */
  const DAMAGES: {
    name: string;
    damage(): Promise<unknown>;
    found(): [FindingCode, string | null][];
    outcome: Repair["outcome"];
    also?(): Promise<void>;
  }[] = [
    {
      name: "a finished file that is missing, with its tracks",
      damage: () => rename(file(library.ready, mp4Filename(library.ready)), file(library.failed, "elsewhere")),
      found: () => [
        ["file_missing", path.posix.join(library.ready, mp4Filename(library.ready))],
        ["unknown_file", path.posix.join(library.failed, "elsewhere")],
      ],
      outcome: "mended",
      also: () => expectCompiledAgain(library.ready),
    },
    {
      name: "a finished file with another size, with its tracks",
      damage: () => truncate(file(library.ready, mp4Filename(library.ready)), 5),
      found: () => [["file_differs", path.posix.join(library.ready, mp4Filename(library.ready))]],
      outcome: "moved",
      also: () => expectCompiledAgain(library.ready),
    },
    {
      name: "a finished file with other bytes, and no tracks",
      damage: () => flip(file(library.cleaned, mp4Filename(library.cleaned))),
      found: () => [["file_differs", path.posix.join(library.cleaned, mp4Filename(library.cleaned))]],
      outcome: "moved",
      async also() {
        const row = await services.database.recording.findUniqueOrThrow({ where: { id: library.cleaned } });
        expect(row).toMatchObject({ state: "failed", failureCode: "file_damaged", pinned: true });
      },
    },
    {
      name: "a thumbnail that is missing",
      damage: () => rename(file(library.ready, THUMBNAIL_FILENAME), path.join(services.folder.root, ".kept")),
      found: () => [["file_missing", path.posix.join(library.ready, THUMBNAIL_FILENAME)]],
      outcome: "mended",
    },
    {
      name: "a thumbnail with other bytes",
      damage: () => flip(file(library.ready, THUMBNAIL_FILENAME)),
      found: () => [["file_differs", path.posix.join(library.ready, THUMBNAIL_FILENAME)]],
      outcome: "moved",
    },
    {
      name: "a raw track with other bytes beside a whole finished file",
      damage: () => flip(file(library.ready, "video.webm")),
      found: () => [["file_differs", `${library.ready}/video.webm`]],
      outcome: "moved",
    },
    {
      name: "a raw track that is missing beside a whole finished file",
      damage: () => rename(file(library.ready, "audio.webm"), path.join(services.folder.root, ".kept")),
      found: () => [
        ["file_missing", `${library.ready}/audio.webm`],
        ["total_size_stale", null],
      ],
      outcome: "mended",
    },
    {
      name: "a raw track with other bytes that is the only copy",
      damage: () => flip(file(library.failed, "video.webm")),
      found: () => [["file_differs", `${library.failed}/video.webm`]],
      outcome: "mended",
      // Two rows of the same kind of damage: it stays where compiling finds it.
      also: async () => expect((await readFile(file(library.failed, "video.webm"))).length).toBe(trackBytes(1).length),
    },
    {
      name: "a raw track that lost its end and is the only copy",
      damage: () => truncate(file(library.failed, "video.webm"), trackBytes(1).length - 24 - 5),
      found: () => [
        ["file_differs", `${library.failed}/video.webm`],
        ["total_size_stale", null],
      ],
      outcome: "mended",
    },
    {
      name: "an unfinished track that lost durable bytes",
      damage: () => truncate(file(library.stopped, "video.webm"), trackBytes(3).length - 29),
      found: () => [
        ["track_shorter", `${library.stopped}/video.webm`],
        ["total_size_stale", null],
      ],
      outcome: "mended",
    },
    {
      name: "an unfinished track that its row does not know whole",
      damage: () =>
        services.database.track.updateMany({ where: { recordingId: library.stopped }, data: { sizeBytes: 7n } }),
      found: () => [["track_size_stale", `${library.stopped}/video.webm`]],
      outcome: "mended",
    },
    {
      name: "a sum that is not the sum",
      damage: () => services.database.recording.update({ where: { id: library.ready }, data: { sizeBytes: 1n } }),
      found: () => [["total_size_stale", null]],
      outcome: "mended",
    },
    {
      name: "a raw track that should have been removed",
      damage: () => writeFile(file(library.cleaned, "video.webm"), "still there"),
      found: () => [["removed_track_present", `${library.cleaned}/video.webm`]],
      outcome: "moved",
    },
    {
      name: "a clock without its track",
      damage: () => writeFile(file(library.cleaned, clockFilename("video.webm")), "{}\n"),
      found: () => [["clock_without_track", `${library.cleaned}/video.clock.jsonl`]],
      outcome: "moved",
    },
    {
      name: "a file that no row names",
      damage: () => writeFile(file(library.failed, "video-2.webm"), "of no take"),
      found: () => [["unknown_file", `${library.failed}/video-2.webm`]],
      outcome: "moved",
    },
    {
      name: "a link that leads elsewhere, in place of a track",
      async damage() {
        await rename(file(library.failed, "video.webm"), path.join(services.folder.root, ".kept"));
        await symlink("/etc/hostname", file(library.failed, "notes.txt"));
        await rename(path.join(services.folder.root, ".kept"), file(library.failed, "video.webm"));
      },
      found: () => [["unknown_file", `${library.failed}/notes.txt`]],
      outcome: "moved",
    },
    {
      name: "the work folder of a worker that died",
      async damage() {
        await mkdir(file(library.failed, "work/compile-1"), { recursive: true });
        await writeFile(file(library.failed, "work/compile-1/output.mp4"), "half a file");
      },
      found: () => [["work_left", path.posix.join(library.failed, "work")]],
      outcome: "moved",
    },
    {
      name: "a recording that the database does not know",
      async damage() {
        await mkdir(services.folder.folder(UNKNOWN));
        await writeFile(file(UNKNOWN, "video.webm"), trackBytes(9));
      },
      found: () => [["unknown_recording", UNKNOWN]],
      outcome: "moved",
    },
    {
      name: "a file beside the recordings",
      damage: () => writeFile(path.join(services.folder.root, "holiday.mp4"), "somebody put it here"),
      found: () => [["unknown_entry", "holiday.mp4"]],
      outcome: "moved",
    },
    {
      name: "a recording that counts as ready without a finished file",
      damage: () => services.database.recording.update({ where: { id: library.failed }, data: { state: "ready" } }),
      found: () => [["ready_without_file", path.posix.join(library.failed, mp4Filename(library.failed))]],
      outcome: "mended",
      also: () => expectCompiledAgain(library.failed),
    },
    {
      name: "a state that is none",
      damage: () => services.database.recording.update({ where: { id: library.stopped }, data: { state: "paused" } }),
      found: () => [["state_unknown", null]],
      outcome: "mended",
    },
    {
      name: "a folder that is missing and had nothing in it",
      async damage() {
        await services.database.track.deleteMany({ where: { recordingId: library.stopped } });
        await services.database.recording.update({ where: { id: library.stopped }, data: { sizeBytes: 0n } });
        await rename(services.folder.folder(library.stopped), path.join(services.folder.root, ".kept"));
      },
      found: () => [["folder_missing", library.stopped]],
      outcome: "mended",
    },
  ];
  const UNKNOWN = randomUUID();

  it.each(DAMAGES)("finds and repairs $name", async ({ damage, found, outcome, also }) => {
    await damage();
    const { findings, repairs } = await findAndRepair();
    const expected = found().map(([code, at]) => `${code} ${at}`);
    expect(
      told(findings)
        .filter((each) => !each.startsWith("track_torn"))
        .sort(),
    ).toEqual(expected.sort());
    expect(repairs.find(({ finding }) => finding.code === found()[0]?.[0])).toMatchObject({ outcome });
    await also?.();
    expect(told((await check()).findings).filter((each) => !each.startsWith("track_torn"))).toEqual([]);
  });

  async function expectCompiledAgain(id: string): Promise<void> {
    const row = await services.database.recording.findUniqueOrThrow({ where: { id }, include: { outputs: true } });
    expect(row).toMatchObject({ state: "stopped", compileAttempts: 0, pinned: true });
    expect(row.compileRequestedAt).not.toBeNull();
    expect(row.outputs.map(({ kind }) => kind)).not.toContain("mp4");
  }

  /** Damages that nothing here can undo: found again, and left as they are for a backup to heal. */
  it.each([
    { name: "the only copy of a finished file", id: () => library.cleaned, filename: (id: string) => mp4Filename(id) },
    { name: "the only copy of a track", id: () => library.failed, filename: () => "video.webm" },
  ])("finds $name missing, leaves the row, and is content when it is back", async ({ id, filename }) => {
    const kept = path.join(services.folder.root, ".kept");
    await rename(file(id(), filename(id())), kept);
    const { repairs } = await findAndRepair();
    expect(repairs.find(({ finding }) => finding.code === "file_missing")?.outcome).toBe("left");
    expect(told((await check()).findings)).toContain(`file_missing ${path.posix.join(id(), filename(id()))}`);
    await rename(kept, file(id(), filename(id())));
    await findAndRepair();
    expect((await check()).findings).toEqual([]);
  });

  it("finds other bytes of the same size only when it reads everything", async () => {
    await flip(file(library.ready, "audio.webm"), 20);
    expect((await check({ deep: false })).findings).toEqual([]);
    expect(told((await check()).findings)).toContain(`file_differs ${library.ready}/audio.webm`);
  });

  it("says of a track that is torn how much, and leaves it as it came", async () => {
    await truncate(file(library.stopped, "video.webm"), trackBytes(3).length - 5);
    await services.database.track.updateMany({
      where: { recordingId: library.stopped },
      data: { sizeBytes: BigInt(trackBytes(3).length - 5) },
    });
    await services.database.recording.update({
      where: { id: library.stopped },
      data: { sizeBytes: BigInt(trackBytes(3).length - 5) },
    });
    const { findings, repairs } = await findAndRepair();
    // A SimpleBlock of the builder: id 1, size 4, header 4, payload 20.
    expect(findings).toMatchObject([{ code: "track_torn", facts: { tornBytes: 29 - 5 } }]);
    expect(repairs[0]?.outcome).toBe("left");
  });

  it("says of a track that is no recording that it cannot be read", async () => {
    const bytes = Buffer.alloc(trackBytes(3).length, 7);
    await writeFile(file(library.stopped, "video.webm"), bytes);
    expect(told((await check()).findings)).toEqual([`track_unreadable ${library.stopped}/video.webm`]);
  });

  it("tells only what is still so at the second look", async () => {
    const kept = path.join(services.folder.root, ".kept");
    await rename(file(library.ready, "video.webm"), kept);
    await mkdir(services.folder.folder(UNKNOWN));
    const { findings } = await check({
      settle: async () => {
        await rename(kept, file(library.ready, "video.webm"));
        await rm(services.folder.folder(UNKNOWN), { recursive: true });
        // Broken only now: seen once.
        await writeFile(file(library.failed, "new"), "");
      },
    });
    expect(findings).toEqual([]);
  });

  it("lets a recording grow while it looks", async () => {
    const { findings } = await check({
      settle: () => appendFile(file(library.live, "video.webm"), trackBytes(4).subarray(100)),
    });
    expect(findings).toEqual([]);
  });

  it("finds that a live track is shorter than what was acknowledged, and does not touch it", async () => {
    await services.database.track.updateMany({ where: { recordingId: library.live }, data: { sizeBytes: 1000n } });
    await writeFile(file(library.live, "unknown"), "in a live one");
    const { findings, repairs } = await findAndRepair();
    expect(told(findings).sort()).toEqual([
      `track_shorter ${library.live}/video.webm`,
      `unknown_file ${library.live}/unknown`,
    ]);
    expect(repairs.map(({ outcome }) => outcome)).toEqual(["left", "left"]);
    expect((await readdir(services.folder.folder(library.live))).sort()).toEqual(["unknown", "video.webm"]);
  });

  it("moves nothing that changed within the last ten minutes and that no row names", async () => {
    await mkdir(services.folder.folder(UNKNOWN));
    await writeFile(file(library.failed, "unknown"), "just now");
    const repairs = await repair(services, (await check()).findings);
    expect(repairs.map(({ outcome }) => outcome)).toEqual(["left", "left"]);
  });

  it("leaves a recording that began to be compiled after it was checked", async () => {
    await truncate(file(library.ready, mp4Filename(library.ready)), 5);
    const { findings } = await check();
    await services.database.recording.update({ where: { id: library.ready }, data: { state: "compiling" } });
    const repairs = await repair(services, findings, Date.now() + LATER_MS);
    expect(repairs.map(({ outcome }) => outcome)).toEqual(["left"]);
  });

  it.each([
    ["recording", { lastByteAt: null }],
    ["recording", { lastByteAt: new Date(Date.now() - 71 * 60_000) }],
    ["compiling", { compileRequestedAt: null }],
    ["compiling", { compileRequestedAt: new Date(0), compileStartedAt: new Date(Date.now() - 13 * 3_600_000) }],
    ["stopped", { compileRequestedAt: new Date(Date.now() - 25 * 3_600_000) }],
    ["failed", { deletedAt: new Date(Date.now() - 11 * 60_000) }],
  ])("finds that a recording which is %s does not move on: %o", async (state, data) => {
    await services.database.recording.update({ where: { id: library.failed }, data: { state, ...data } });
    expect((await check()).findings).toMatchObject([{ code: "stuck", recordingId: library.failed }]);
  });

  it("writes down where everything in quarantine came from, and takes each thing to a place of its own", async () => {
    for (const text of ["one", "two"]) {
      await writeFile(file(library.failed, "unknown"), text);
      await findAndRepair();
    }
    const [day] = await readdir(path.join(services.folder.root, QUARANTINE_FOLDER));
    const notes = path.join(services.folder.root, QUARANTINE_FOLDER, String(day), NOTES_FILENAME);
    const lines = (await readFile(notes, "utf8")).trim().split("\n");
    const said = lines.map((line) => JSON.parse(line));
    expect(said.map(({ from, code }) => `${code} ${from}`)).toEqual([
      `unknown_file ${library.failed}/unknown`,
      `unknown_file ${library.failed}/unknown`,
    ]);
    const texts = await Promise.all(said.map(({ to }) => readFile(path.join(services.folder.root, to), "utf8")));
    expect(texts).toEqual(["one", "two"]);
  });

  it("says nothing of a folder that cannot be this database's", async () => {
    const away = `${services.folder.root}-away`;
    await rename(services.folder.root, away);
    await expect(check()).rejects.toMatchObject({ code: "folder_missing" });
    await mkdir(services.folder.root);
    await expect(check()).rejects.toMatchObject({ code: "other_folder" });
    await rm(services.folder.root, { recursive: true });
    await rename(away, services.folder.root);
    expect((await check()).findings).toEqual([]);
  });

  it("says nothing of a folder that carries the mark of another installation", async () => {
    const { installation } = services.database;
    const { id } = (await installation.findFirst()) ?? (await installation.create({ data: { id: "this one" } }));
    const mark = path.join(services.folder.root, ".tapedeck.json");
    await writeFile(mark, JSON.stringify({ installation: "another one" }));
    await expect(check()).rejects.toMatchObject({ code: "other_folder" });
    await writeFile(mark, JSON.stringify({ installation: id }));
    expect((await check()).findings).toEqual([]);
  });

  it("takes what has a dot before its name for Tapedeck's own", async () => {
    await writeFile(path.join(services.folder.root, ".something"), "of a later version");
    await mkdir(path.join(services.folder.root, ".else"), { recursive: true });
    expect((await check()).findings).toEqual([]);
  });

  it("knows a second take's track by its row", async () => {
    await services.database.take.create({
      data: { recordingId: library.live, number: 2, startedAt: new Date(), cause: "page_closed" },
    });
    await beginTrack(services, library.live, 2, "video");
    await writeFile(file(library.live, "video-2.webm"), "");
    expect((await check()).findings).toEqual([]);
  });
});

/** Changes one bit of a file, in the middle or elsewhere. */
async function flip(name: string, offset?: number): Promise<void> {
  const bytes = await readFile(name);
  const at = offset ?? bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(name, bytes);
}
