/**
 * Compiling while it is recorded, as the database has it: which run of which worker has a recording, whether it is alive,
 * and what still has to be checked afterwards.
 */
import fs from "node:fs/promises";
import { isLiveFilename } from "@/lib/domain/names";
import type { Output } from "@/lib/server/database/client";
import { enqueue, noteSizes } from "@/lib/server/recordings/lifecycle";
import { tryWriteManifest } from "@/lib/server/recordings/manifest";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";

/** A run that gave no sign of life for so long is dead; it gives one every three seconds. */
export const FOLLOWER_LOST_MS = 10_000;

function isLost(): { OR: ({ followedAt: null } | { followedAt: { lt: Date } })[] } {
  return { OR: [{ followedAt: null }, { followedAt: { lt: new Date(Date.now() - FOLLOWER_LOST_MS) } }] };
}

/** What may be followed: live recordings of browsers and encoders, of one take, that nothing is against and nobody follows. */
function followable() {
  return { state: "recording", source: { in: ["browser", "rtmp"] }, deletedAt: null, followRefusal: null, ...isLost() };
}

/**
 * Takes a recording on.
 *
 * @param run names this run, and no other
 * @returns null when there is nothing to follow, or another run does
 */
export async function claimFollowing(
  { database }: Services,
  recordingId: string,
  run: string,
): Promise<RecordingWithParts | null> {
  const { count } = await database.recording.updateMany({
    where: { id: recordingId, ...followable() },
    data: { followedAt: new Date(), followedBy: run },
  });
  if (count === 0) return null;
  return database.recording.findUnique({ where: { id: recordingId }, include: WITH_PARTS });
}

/** A sign of life. @returns whether the recording is still this run's */
export async function stayFollowing({ database }: Services, recordingId: string, run: string): Promise<boolean> {
  const { count } = await database.recording.updateMany({
    where: { id: recordingId, followedBy: run, deletedAt: null },
    data: { followedAt: new Date() },
  });
  return count > 0;
}

/** Lets go of a recording. @param refusal why nobody is to follow it again; null: another may */
export async function endFollowing(
  { database }: Services,
  recordingId: string,
  run: string,
  refusal: string | null,
): Promise<void> {
  await database.recording.updateMany({
    where: { id: recordingId, followedBy: run },
    data: { followedAt: null, followedBy: null, ...(refusal === null ? {} : { followRefusal: refusal }) },
  });
}

/** Whether a run that is alive has this recording: then compiling it is that one's business. */
export async function isFollowed({ database }: Pick<Services, "database">, recordingId: string): Promise<boolean> {
  const alive = { followedAt: { gte: new Date(Date.now() - FOLLOWER_LOST_MS) } };
  return (await database.recording.count({ where: { id: recordingId, ...alive } })) > 0;
}

/** Removes what following has left in a recording's folder. @param kept files that stay */
export async function removeLiveFiles(
  { folder }: Services,
  recordingId: string,
  kept: readonly string[] = [],
): Promise<void> {
  const names = await fs.readdir(folder.folder(recordingId)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const name of names) {
    if (isLiveFilename(name) && !kept.includes(name)) await folder.removeFile(recordingId, name);
  }
}

/** Queues what may be followed and nobody follows, and what is to be checked; what is queued already stays. */
export async function requeueFollowing({ database, followQueue }: Services): Promise<void> {
  const live = await database.recording.findMany({
    where: { ...followable(), tracks: { some: {} } },
    select: { id: true },
  });
  for (const { id } of live) await followQueue.add("follow", id);
  const unchecked = await database.output.findMany({
    // Whoever followed it is still putting things away.
    where: { kind: "mp4", isUnchecked: true, recording: { state: "ready", deletedAt: null, ...isLost() } },
    select: { recordingId: true },
  });
  for (const { recordingId } of unchecked) await followQueue.add("check", recordingId);
}

/**
 * Writes down that the finished file is right.
 *
 * @param mp4 the one that was checked; another one since then is not
 * @param more outputs that were made of it meanwhile, at their names already
 */
export async function noteChecked(
  services: Services,
  { recordingId, sha256 }: Pick<Output, "recordingId" | "sha256">,
  more: Omit<Output, "recordingId" | "createdAt">[],
): Promise<void> {
  const { database, changes } = services;
  const { count } = await database.output.updateMany({
    where: { recordingId, kind: "mp4", sha256, recording: { state: "ready", deletedAt: null } },
    data: { isUnchecked: false },
  });
  if (count === 0 || more.length === 0) return;
  for (const output of more) {
    const { kind } = output;
    await database.output.upsert({
      where: { recordingId_kind: { recordingId, kind } },
      create: { recordingId, ...output },
      update: output,
    });
  }
  const { ownerId } = await noteSizes(services, recordingId);
  await tryWriteManifest(services, recordingId);
  changes.publish({ kind: "changed", recordingId, ownerId });
}

/** The finished file is not right: it is made anew from the raw tracks, which are there still. */
export async function compileAgain(
  services: Services,
  { recordingId, sha256 }: Pick<Output, "recordingId" | "sha256">,
  refusal: string,
): Promise<void> {
  const { database, changes, log } = services;
  const requestedAt = new Date();
  const { count } = await database.recording.updateMany({
    where: { id: recordingId, state: "ready", deletedAt: null, outputs: { some: { kind: "mp4", sha256 } } },
    data: { state: "stopped", compileRequestedAt: requestedAt, compileAttempts: 0, followRefusal: refusal },
  });
  if (count === 0) return;
  log.error({ recordingId }, "the finished file did not pass its check and is made again");
  await enqueue(services, recordingId, requestedAt);
  const { ownerId } = await database.recording.findUniqueOrThrow({ where: { id: recordingId } });
  changes.publish({ kind: "changed", recordingId, ownerId });
}
