/** The manifest in a recording's folder says what is there, from the files themselves. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { MANIFEST_FILENAME } from "@/lib/domain/names";
import { type RecordingManifest, recordingManifest } from "@/lib/protocol/manifest";
import { cleanUp } from "@/lib/server/recordings/clean-up";
import { removeRecording, reopenRecording } from "@/lib/server/recordings/lifecycle";
import { tryWriteManifest, writeMissingManifests } from "@/lib/server/recordings/manifest";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { addRecording, addTakes, chunksOf } from "@/tests/integration/compile/capture-recording";
import { reach } from "@/tests/integration/compile/compile-support";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

const HOUR_MS = 3_600_000;

let services: TestServices;
let worker: RunningWorker;
let userId: string;

beforeAll(async () => {
  services = await openTestServices();
  worker = await startWorker(services);
  ({ userId } = await addUser(services));
});

afterAll(async () => {
  await worker.close();
  await services.dispose();
});

const sound = () => chunksOf("hd_08", "audio").slice(0, 20);

async function manifestOf(id: string): Promise<RecordingManifest> {
  return recordingManifest.parse(JSON.parse(await readFile(services.folder.file(id, MANIFEST_FILENAME), "utf8")));
}

/** Every file that is to be there is what the manifest says. */
async function expectTrue(id: string, { tracks, outputs }: RecordingManifest): Promise<void> {
  for (const { filename, sizeBytes, sha256 } of [...tracks.filter((track) => track.removedAt === null), ...outputs]) {
    expect(await services.folder.size(id, filename)).toBe(sizeBytes);
    expect(await sha256OfFile(services.folder.file(id, filename))).toBe(sha256);
  }
}

test("of a recording that is ready it tells takes, tracks, outputs and gaps, until the raw tracks go and after", async () => {
  const id = await addTakes(services, userId, [
    { audio: sound(), startedAfterMs: 0 },
    { audio: sound(), startedAfterMs: 10_000, cause: "page_closed" },
  ]);
  const row = await reach(services, id);
  const manifest = await manifestOf(id);
  await expectTrue(id, manifest);
  const second = row.gaps[0]?.toMs;
  expect(manifest).toMatchObject({
    recordingId: id,
    takes: [
      { number: 1, cause: null, fromMs: 0 },
      { number: 2, cause: "page_closed", fromMs: second },
    ],
    tracks: [
      { take: 1, kind: "audio", filename: "audio.webm", removedAt: null },
      { take: 2, kind: "audio", filename: "audio-2.webm", removedAt: null },
    ],
    outputs: [{ kind: "mp4", durationMs: row.durationMs }, { kind: "thumbnail" }],
    gaps: [{ kind: null, code: "page_closed", toMs: second }],
  });

  const readyAt = row.readyAt as Date;
  await cleanUp(services, new Date(readyAt.getTime() + (services.config.RAW_RETENTION_HOURS + 1) * HOUR_MS));
  const after = await manifestOf(id);
  expect(after.tracks.every(({ removedAt }) => removedAt !== null)).toBe(true);
  expect(after.tracks.map(({ sizeBytes, sha256 }) => [sizeBytes, sha256])).toEqual(
    manifest.tracks.map(({ sizeBytes, sha256 }) => [sizeBytes, sha256]),
  );
  expect(after.outputs).toEqual(manifest.outputs);
  expect((await readdir(services.folder.folder(id))).filter((name) => name.endsWith(".webm"))).toEqual([]);
  await expectTrue(id, after);

  await removeRecording(services, id, userId);
  await expect(readdir(services.folder.folder(id))).rejects.toThrow("ENOENT");
});

test("what the rows say of a track does not matter, only its bytes", async () => {
  await services.database.user.update({ where: { id: userId }, data: { autoCompile: false } });
  try {
    const id = await addRecording(services, userId, { audio: sound() });
    const { tracks, outputs, takes } = await manifestOf(id);
    expect([tracks.length, outputs, takes[0]?.fromMs]).toEqual([1, [], null]);
    await services.database.track.updateMany({
      where: { recordingId: id },
      data: { sizeBytes: 1n, sha256: "0".repeat(64) },
    });
    await rm(services.folder.file(id, MANIFEST_FILENAME));
    expect(await writeMissingManifests(services)).toBe(1);
    expect(await writeMissingManifests(services)).toBe(0);
    expect((await manifestOf(id)).tracks).toEqual(tracks);
    await expectTrue(id, await manifestOf(id));

    // A source that comes back makes it untrue.
    expect(await reopenRecording(services, id)).toBe(true);
    expect(await services.folder.size(id, MANIFEST_FILENAME)).toBeNull();
  } finally {
    await services.database.user.update({ where: { id: userId }, data: { autoCompile: true } });
  }
});

test("a recording that failed has one too", async () => {
  const id = await addRecording(services, userId, { audio: Buffer.from("no recording at all") });
  expect(await reach(services, id)).toMatchObject({ state: "failed" });

  await expectTrue(id, await manifestOf(id));
});

test("one that is cut off is no manifest, and is written anew with the next one", async () => {
  const id = await addRecording(services, userId, { audio: sound() });
  await writeFile(services.folder.file(id, MANIFEST_FILENAME), '{"version":1,');
  await reach(services, id);
  await expectTrue(id, await manifestOf(id));
});

test("of two that are written at once, what the second is about is not lost to the first", async () => {
  const id = await addRecording(services, userId, { audio: sound() });
  await reach(services, id);
  const publish = services.folder.publish.bind(services.folder);
  // An extra is made while the manifest that does not know of it is on its way to its place.
  vi.spyOn(services.folder, "publish").mockImplementationOnce(async (...args) => {
    await writeFile(services.folder.file(id, "sound.m4a"), "extra");
    const sha256 = await sha256OfFile(services.folder.file(id, "sound.m4a"));
    const output = { kind: "m4a", filename: "sound.m4a", contentType: "audio/mp4", sizeBytes: 5n, sha256 };
    await services.database.output.create({ data: { recordingId: id, ...output } });
    return publish(...args);
  });
  await tryWriteManifest(services, id);
  const manifest = await manifestOf(id);
  expect(manifest.outputs.map(({ kind }) => kind)).toContain("m4a");
  await expectTrue(id, manifest);
});
