/**
 * Writes a recording's manifest: lib/protocol/manifest. Sizes and digests are those of the files as they are read now,
 * whatever the rows say; so a later look at the folder finds what has changed since.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { gapCause } from "@/lib/domain/gap-causes";
import { takeBeginning } from "@/lib/domain/gap-ledger";
import { MANIFEST_FILENAME } from "@/lib/domain/names";
import type { TrackKind } from "@/lib/domain/recording-state";
import { type RecordingManifest, recordingManifest } from "@/lib/protocol/manifest";
import type { Gap, Output, Track } from "@/lib/server/database/client";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";

/** What a compilation has made whose rows are not written yet. */
export interface CompiledParts {
  outputs: (Pick<Output, "kind" | "filename" | "contentType" | "durationMs"> &
    Partial<Pick<Output, "sizeBytes" | "sha256">>)[];
  gaps: Pick<Gap, "id" | "kind" | "fromMs" | "toMs" | "code" | "cause">[];
}

/** Recordings that are looked at in one go for a manifest that is missing. */
const MISSING_BATCH = 100;

/**
 * Writes the manifest anew, whole or not at all: work file → fsync → rename → fsync of the folder.
 *
 * With a compilation, digests that were taken just before are believed, so that it does not take longer for a longer
 * recording: that of a track when it was finished, that of an output when it was written. Only sizes are looked at.
 *
 * @param compiled what the recording is about to have; left out: what its rows say it has
 * @throws when a file cannot be read or the manifest not be written; the one there was is then still there
 */
export async function writeManifest(services: Services, recordingId: string, compiled?: CompiledParts): Promise<void> {
  const { database, folder } = services;
  const row = await database.recording.findUniqueOrThrow({ where: { id: recordingId }, include: WITH_PARTS });
  const { outputs, gaps } = compiled ?? row;
  const before = await readManifest(services, recordingId);
  const isCompiled = outputs.some(({ kind }) => kind === "mp4");
  const manifest: RecordingManifest = {
    version: 1,
    recordingId,
    writtenAt: new Date().toISOString(),
    takes: row.takes.map(({ number, startedAt, cause }) => ({
      number,
      startedAt: startedAt.toISOString(),
      cause: cause === null ? null : gapCause(cause),
      fromMs: isCompiled ? takeBeginning(recordingId, number, gaps) : null,
    })),
    tracks: await inTurn(row.tracks, (track) => trackFacts(services, track, before, compiled !== undefined)),
    outputs: (
      await inTurn(outputs, (output) => outputFacts(services, recordingId, output, compiled !== undefined))
    ).filter((output) => output !== null),
    gaps: gaps.map(({ kind, fromMs, toMs, code, cause }) => ({
      ...{ kind: kind as TrackKind | null, fromMs, toMs, code: gapCause(code), cause },
    })),
  };
  const workFolder = await folder.makeWorkFolder(recordingId, `manifest-${process.pid}-${performance.now()}`);
  try {
    const workFile = path.join(workFolder, MANIFEST_FILENAME);
    await fs.writeFile(workFile, `${JSON.stringify(recordingManifest.parse(manifest), null, 2)}\n`, { mode: 0o640 });
    await folder.publish(workFile, recordingId, MANIFEST_FILENAME);
  } finally {
    await fs.rm(workFolder, { recursive: true, force: true });
    // The folder around it goes too, unless a compilation is at work in it.
    await fs.rmdir(path.dirname(workFolder)).catch(() => {});
  }
}

/**
 * The same where nothing else is to fail with it: what could not be written is written by the next clean-up. It is written
 * again when the rows have changed meanwhile: of two that are written at once, the one that is last may have read first.
 */
export async function tryWriteManifest(services: Services, recordingId: string): Promise<void> {
  try {
    for (let said = "", are = await partsOf(services, recordingId); said !== are; ) {
      said = are;
      await writeManifest(services, recordingId);
      are = await partsOf(services, recordingId);
    }
  } catch (error) {
    services.log.error({ recordingId, error: String(error) }, "manifest could not be written");
  }
}

/** What the rows say there is, to be compared. */
async function partsOf({ database }: Services, recordingId: string): Promise<string> {
  const where = { where: { recordingId }, orderBy: { filename: "asc" } } as const;
  const outputs = await database.output.findMany({ ...where, select: { filename: true, sha256: true } });
  const tracks = await database.track.findMany({ ...where, select: { filename: true, removedAt: true } });
  return JSON.stringify([outputs, tracks]);
}

/** Writes what a crash has left out: the manifests of recordings that have ended and have none. @returns how many */
export async function writeMissingManifests(services: Services): Promise<number> {
  const { database, folder } = services;
  let written = 0;
  for (let after = ""; ; ) {
    const ended = await database.recording.findMany({
      where: {
        id: { gt: after },
        deletedAt: null,
        OR: [{ state: { in: ["ready", "failed"] } }, { state: "stopped", compileRequestedAt: null }],
      },
      orderBy: { id: "asc" },
      take: MISSING_BATCH,
      select: { id: true },
    });
    for (const { id } of ended) {
      if ((await folder.size(id, MANIFEST_FILENAME)) !== null) continue;
      // Without the folder there is nothing to say; the data may be elsewhere at the moment.
      if (!(await isThere(folder.folder(id)))) continue;
      await tryWriteManifest(services, id);
      written += 1;
    }
    const last = ended.at(-1);
    if (last === undefined || ended.length < MISSING_BATCH) return written;
    after = last.id;
  }
}

/** @returns null when there is none, or it is not one */
export async function readManifest({ folder }: Services, recordingId: string): Promise<RecordingManifest | null> {
  try {
    const text = await fs.readFile(folder.file(recordingId, MANIFEST_FILENAME), "utf8");
    return recordingManifest.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function isThere(file: string): Promise<boolean> {
  return fs.stat(file).then(
    () => true,
    () => false,
  );
}

async function trackFacts(
  services: Services,
  { recordingId, takeNumber: take, kind, filename, mimeType, sizeBytes, sha256, removedAt }: Track,
  before: RecordingManifest | null,
  isRowBelieved: boolean,
): Promise<RecordingManifest["tracks"][number]> {
  const facts = { take, kind: kind as TrackKind, filename, mimeType, removedAt: removedAt?.toISOString() ?? null };
  if (removedAt === null) {
    const known = isRowBelieved ? { sizeBytes, sha256 } : {};
    return { ...facts, ...(await fileFacts(services, recordingId, filename, known)) };
  }
  // What was read while the file was there, or can be read still, is worth more than what the row says of it.
  const known = before?.tracks.find((track) => track.filename === filename && track.sha256 !== null);
  if (known !== undefined) return { ...facts, sizeBytes: known.sizeBytes, sha256: known.sha256 };
  const read = await fileFacts(services, recordingId, filename);
  return { ...facts, ...(read.sha256 === null ? { sizeBytes: Number(sizeBytes), sha256 } : read) };
}

/** null: the row names a file that is not there, which only a checker can put right. */
async function outputFacts(
  services: Services,
  recordingId: string,
  { kind, filename, contentType, durationMs, ...known }: CompiledParts["outputs"][number],
  isBelieved: boolean,
): Promise<RecordingManifest["outputs"][number] | null> {
  const { sizeBytes, sha256 } = await fileFacts(services, recordingId, filename, isBelieved ? known : {});
  if (sha256 !== null) return { kind, filename, contentType, sizeBytes, sha256, durationMs };
  services.log.error({ recordingId, filename }, "an output is not there");
  return null;
}

async function fileFacts(
  { folder }: Services,
  recordingId: string,
  filename: string,
  known: { sizeBytes?: bigint | undefined; sha256?: string | null | undefined } = {},
): Promise<{ sizeBytes: number; sha256: string | null }> {
  const sizeBytes = await folder.size(recordingId, filename);
  if (sizeBytes === null) return { sizeBytes: 0, sha256: null };
  if (known.sha256 != null && known.sizeBytes === BigInt(sizeBytes)) return { sizeBytes, sha256: known.sha256 };
  return { sizeBytes, sha256: await sha256OfFile(folder.file(recordingId, filename)) };
}

/** One after another: reading is what takes the time, and the disk is the same. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
