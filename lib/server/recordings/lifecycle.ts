/**
 * The life of a recording, one function for each move: created, tracks begun and finished, stopped, compiled on
 * request, changed, deleted. Moves are conditional updates, so that two processes cannot both make one.
 */
import { randomUUID } from "node:crypto";
import { compileWorkSeconds } from "@/lib/domain/compile-work";
import { AppError, recordingNotFound } from "@/lib/domain/errors";
import type { GapCause } from "@/lib/domain/gap-causes";
import { defaultTitle, foldForSearch, MANIFEST_FILENAME, trackFilename } from "@/lib/domain/names";
import { type Source, statesBefore, TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";
import { joinKinds } from "@/lib/domain/take-tracks";
import type {
  BeginTakeRequest,
  ChangeRecordingRequest,
  CreateRecordingRequest,
  TakeResource,
} from "@/lib/protocol/recordings";
import type { Principal } from "@/lib/server/auth/authenticate";
import { isMissingRow, isUniqueViolation, type Prisma, type User } from "@/lib/server/database/client";
import { findOwned } from "@/lib/server/recordings/find";
import { tryWriteManifest } from "@/lib/server/recordings/manifest";
import type { Services } from "@/lib/server/services";
import { expectRoomToCompile, expectRoomToRecord } from "@/lib/server/storage/space";
import { limitBytes, usedBytes } from "@/lib/server/users/accounts";

/** What sources other than the recording page say of a recording they make; it goes before what its owner has chosen. */
export type RecordingOrigin = { source: Source } & Pick<
  Prisma.RecordingUncheckedCreateInput,
  "retentionHours" | "compileRequestedAt" | "streamKeyId" | "snapshots"
>;

/**
 * Makes a recording and its folder; its tracks come over the sockets.
 *
 * @returns the new recording's id
 * @throws {AppError} storage_full when the disk or the user's quota leaves no room
 */
export async function createRecording(
  services: Services,
  principal: Pick<Principal, "userId">,
  request: CreateRecordingRequest,
  origin: RecordingOrigin = { source: "browser" },
): Promise<string> {
  const { database, folder, log } = services;
  await folder.confirm();
  await expectRoomToRecord(services);
  const owner = await database.user.findUniqueOrThrow({ where: { id: principal.userId } });
  await expectQuota(services, owner);
  const id = randomUUID();
  const now = new Date();
  const title = request.title || defaultTitle(now);
  // Folder before row: a row never names what is not there.
  await folder.create(id);
  await database.recording.create({
    data: {
      id,
      ownerId: owner.id,
      title,
      titleFolded: foldForSearch(title),
      state: "recording",
      expectedTracks: joinKinds(request.tracks),
      createdAt: now,
      lastByteAt: now,
      compileRequestedAt: owner.autoCompile ? now : null,
      compileSettings: request.compileSettings === undefined ? null : JSON.stringify(request.compileSettings),
      takes: { create: { number: 1, startedAt: now, expectedTracks: joinKinds(request.tracks) } },
      ...origin,
    },
  });
  log.info({ recordingId: id, userId: owner.id }, "recording created");
  services.changes.publish({ kind: "changed", recordingId: id, ownerId: owner.id });
  return id;
}

/** @throws {AppError} storage_full when what a user keeps is as much as they may keep */
export async function expectQuota(services: Services, owner: Pick<User, "id" | "quotaBytes">): Promise<void> {
  const limit = limitBytes(owner, services.config);
  if (limit !== null && (await usedBytes(services, owner.id)) >= limit) {
    throw new AppError("storage_full", "quota_exceeded", "Your storage is full. Delete recordings to make room.");
  }
}

/** What a source knows of a track when it begins. */
export interface TrackStart {
  mimeType?: string | undefined;
  /** Source's wall clock, milliseconds since the epoch. */
  startedAtMs?: number | undefined;
  /** Where it is not the usual one. */
  filename?: string | undefined;
}

/** Notes that a track has begun, or what more is known of it now. */
export async function beginTrack(
  { database }: Pick<Services, "database">,
  recordingId: string,
  takeNumber: number,
  kind: TrackKind,
  { mimeType, startedAtMs, filename = trackFilename(kind, takeNumber) }: TrackStart = {},
): Promise<void> {
  const facts = {
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(startedAtMs === undefined ? {} : { startedAtMs: BigInt(Math.round(startedAtMs)) }),
  };
  await database.track.upsert({
    where: { recordingId_takeNumber_kind: { recordingId, takeNumber, kind } },
    create: { recordingId, takeNumber, kind, filename, ...facts },
    update: facts,
  });
}

/** Notes that a track is complete. Its bytes are durable when this is called. */
export async function finishTrack(
  { database }: Services,
  recordingId: string,
  takeNumber: number,
  kind: TrackKind,
  { sizeBytes, sha256 }: { sizeBytes: number; sha256: string | null },
): Promise<void> {
  await database.track.update({
    where: { recordingId_takeNumber_kind: { recordingId, takeNumber, kind } },
    data: { sizeBytes: BigInt(sizeBytes), sha256, finishedAt: new Date() },
  });
}

/**
 * Whether a recording has all it waits for: every track that was announced is finished, and none is open.
 *
 * @returns null when nothing was announced and there may be one more; only time can tell
 */
export async function isComplete({ database }: Services, recordingId: string): Promise<boolean | null> {
  return (await completeness(database, recordingId)).isComplete;
}

async function completeness(database: Services["database"], recordingId: string) {
  const recording = await database.recording.findUnique({
    where: { id: recordingId },
    include: { tracks: true, takes: true },
  });
  if (recording === null) return { isComplete: false, newestTake: 1 };
  const newestTake = Math.max(1, ...recording.takes.map(({ number }) => number));
  // What is left of an earlier take may still be on its way.
  if (recording.tracks.some(({ finishedAt }) => finishedAt === null)) return { isComplete: false, newestTake };
  const tracks = recording.tracks.filter(({ takeNumber }) => takeNumber === newestTake);
  const expected = recording.expectedTracks.split(",").filter(Boolean);
  if (expected.length === 0) return { isComplete: tracks.length === TRACK_KINDS.length ? true : null, newestTake };
  return { isComplete: expected.every((kind) => tracks.some((track) => track.kind === kind)), newestTake };
}

/**
 * Ends a recording that has all it waits for; not one whose source has begun another take meanwhile.
 *
 * @param options.isOver nobody is there who could send another track: then one that announced none is ended, too
 * @returns what {@link isComplete} says
 */
export async function stopWhenComplete(
  services: Services,
  recordingId: string,
  { isOver = false } = {},
): Promise<boolean | null> {
  const { isComplete, newestTake } = await completeness(services.database, recordingId);
  if (isComplete === true || (isComplete === null && isOver)) {
    await stopRecording(services, recordingId, { newestTake });
  }
  return isComplete;
}

/**
 * Ends a recording: what is on disk is all there is. Compiles it when that was asked for.
 * Nothing happens when it has ended already.
 *
 * @param condition further condition of the row, for callers who act on what they read earlier
 * @returns whether it was ended now
 */
export async function stopRecording(
  services: Services,
  recordingId: string,
  condition: { lastByteBefore?: Date; newestTake?: number } = {},
): Promise<boolean> {
  const { database, folder, log, changes } = services;
  // In another folder its tracks would seem to be empty.
  await folder.confirm();
  const { count } = await database.recording.updateMany({
    where: {
      id: recordingId,
      state: "recording",
      deletedAt: null,
      ...(condition.lastByteBefore === undefined ? {} : { lastByteAt: { lt: condition.lastByteBefore } }),
      ...(condition.newestTake === undefined ? {} : { takes: { none: { number: { gt: condition.newestTake } } } }),
    },
    data: { state: "stopped", stoppedAt: new Date() },
  });
  if (count === 0) return false;
  const recording = await noteSizes(services, recordingId);
  log.info({ recordingId }, "recording stopped");
  // Compiling writes it otherwise.
  if (recording.compileRequestedAt === null) await tryWriteManifest(services, recordingId);
  // Before the job: a follower waits for it, and the job is for when there is none.
  changes.publish({ kind: "changed", recordingId, ownerId: recording.ownerId });
  if (recording.compileRequestedAt !== null) await enqueue(services, recordingId, recording.compileRequestedAt);
  return true;
}

/**
 * Opens a recording again whose source had gone and has come back. Not one whose raw tracks were removed: compiling it
 * again would lose what they held.
 *
 * @returns whether it is recording now
 */
export async function reopenRecording(services: Services, recordingId: string): Promise<boolean> {
  const { database, folder, log, changes } = services;
  const now = new Date();
  const { count } = await database.recording.updateMany({
    where: {
      id: recordingId,
      state: { in: statesBefore("recording") },
      deletedAt: null,
      tracks: { none: { removedAt: { not: null } } },
      // A part of another recording has no source that could come back.
      cut: { is: null },
    },
    data: { state: "recording", stoppedAt: null, lastByteAt: now, failureCode: null, failureMessage: null },
  });
  if (count === 0) return false;
  // The compilation that was asked for is asked for anew: the one there may have been did not know the new bytes.
  await database.recording.updateMany({
    where: { id: recordingId, compileRequestedAt: { not: null } },
    data: { compileRequestedAt: now, compileAttempts: 0 },
  });
  // What it says is no longer so.
  await folder.removeFile(recordingId, MANIFEST_FILENAME);
  log.info({ recordingId }, "recording opened again");
  const { ownerId } = await database.recording.findUniqueOrThrow({ where: { id: recordingId } });
  changes.publish({ kind: "changed", recordingId, ownerId });
  return true;
}

/**
 * Begins the next take of a recording whose source was interrupted, and opens the recording again if it had ended.
 *
 * @throws {AppError} not_found; conflict while it is being compiled, or when its raw tracks were removed; storage_full
 *   when it had ended and there is no room to reserve
 */
export async function beginTake(
  services: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
  { cause, tracks }: Pick<BeginTakeRequest, "tracks"> & { cause: GapCause },
): Promise<TakeResource> {
  const { database, changes, log } = services;
  const recording = await findOwned(services, principal, recordingId);
  if (recording.state !== "recording") await expectRoomToRecord(services);
  if (recording.state !== "recording" && !(await reopenRecording(services, recordingId))) {
    throw recording.tracks.some(({ removedAt }) => removedAt !== null)
      ? new AppError("conflict", "tracks_removed", "The recorded tracks were removed, so nothing can be added to them.")
      : new AppError("conflict", "compiling", "The recording is being compiled. Go on when that is done.");
  }
  const startedAt = new Date();
  const number = Math.max(...recording.takes.map((take) => take.number)) + 1;
  try {
    await database.recording.update({
      where: { id: recordingId, state: "recording", deletedAt: null },
      data: {
        expectedTracks: joinKinds(tracks),
        lastByteAt: startedAt,
        takes: { create: { number, startedAt, cause, expectedTracks: joinKinds(tracks) } },
      },
    });
  } catch (error) {
    if (isMissingRow(error)) throw recordingNotFound();
    if (isUniqueViolation(error))
      throw new AppError("conflict", "take_exists", "Another take was begun at the same time.");
    throw error;
  }
  log.info({ recordingId, take: number, cause }, "take begun");
  changes.publish({ kind: "changed", recordingId, ownerId: recording.ownerId });
  return { number, startedAt: startedAt.toISOString() };
}

/** Writes down what the tracks and all files come to, from the disk. */
export async function noteSizes(
  { database, folder }: Pick<Services, "database" | "folder">,
  recordingId: string,
): Promise<{ ownerId: string; compileRequestedAt: Date | null }> {
  const { tracks, outputs } = await database.recording.findUniqueOrThrow({
    where: { id: recordingId },
    include: { tracks: true, outputs: true },
  });
  let total = outputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n);
  for (const track of tracks) {
    if (track.removedAt !== null) continue;
    const sizeBytes = BigInt((await folder.size(recordingId, track.filename)) ?? 0);
    total += sizeBytes;
    if (sizeBytes === track.sizeBytes) continue;
    await database.track.updateMany({
      where: { recordingId, takeNumber: track.takeNumber, kind: track.kind, finishedAt: null },
      data: { sizeBytes },
    });
  }
  return database.recording.update({
    where: { id: recordingId },
    data: { sizeBytes: total },
    select: { ownerId: true, compileRequestedAt: true },
  });
}

/**
 * Asks for the compilation. Asking again while it waits, runs or is done changes nothing; asking while the recording
 * still runs makes it begin when it stops; asking after a failure tries again.
 *
 * @throws {AppError} not_found; conflict when the raw tracks are gone; storage_full when there is no room for it
 */
export async function requestCompile(
  services: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
): Promise<void> {
  const { database, changes } = services;
  const recording = await findOwned(services, principal, recordingId);
  const needsTracks = recording.state === "failed" || recording.state === "stopped";
  if (needsTracks && recording.tracks.length > 0 && recording.tracks.every(({ removedAt }) => removedAt !== null)) {
    throw new AppError(
      "conflict",
      "tracks_removed",
      "The recorded tracks were removed, so it cannot be compiled again.",
    );
  }
  if (recording.state === "failed" || (recording.state === "stopped" && recording.compileRequestedAt === null)) {
    await expectRoomToCompile(services);
  }
  const requestedAt = new Date();
  const { count: live } = await database.recording.updateMany({
    where: { id: recordingId, state: "recording", compileRequestedAt: null },
    data: { compileRequestedAt: requestedAt },
  });
  const { count: idle } = await database.recording.updateMany({
    where: {
      id: recordingId,
      deletedAt: null,
      OR: [{ state: "failed" }, { state: "stopped", compileRequestedAt: null }],
    },
    data: {
      state: "stopped",
      compileRequestedAt: requestedAt,
      compileAttempts: 0,
      failureCode: null,
      failureMessage: null,
    },
  });
  if (idle > 0) await enqueue(services, recordingId, requestedAt);
  if (idle > 0 || live > 0) changes.publish({ kind: "changed", recordingId, ownerId: recording.ownerId });
}

/** Puts a compilation into the queue, once for each request however often it is called. */
export async function enqueue(services: Services, recordingId: string, requestedAt: Date): Promise<void> {
  const recording = await services.database.recording.findUnique({
    where: { id: recordingId },
    select: { createdAt: true, stoppedAt: true, tracks: { select: { kind: true, mimeType: true } } },
  });
  if (recording === null) return;
  await services.compileQueue.add({ recordingId, requestedAtMs: requestedAt.getTime() }, compileWorkSeconds(recording));
}

/** Renames, pins, or sets the retention. @throws {AppError} not_found */
export async function changeRecording(
  services: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
  { title, pinned, retentionHours }: ChangeRecordingRequest,
): Promise<void> {
  const { count } = await services.database.recording.updateMany({
    where: { id: recordingId, ownerId: principal.userId, deletedAt: null },
    data: {
      ...(title === undefined ? {} : { title, titleFolded: foldForSearch(title) }),
      ...(pinned === undefined ? {} : { pinned }),
      ...(retentionHours === undefined ? {} : { retentionHours }),
    },
  });
  if (count === 0) throw recordingNotFound();
  services.changes.publish({ kind: "changed", recordingId, ownerId: principal.userId });
}

/** Deletes a recording and every file of it, live or not. @throws {AppError} not_found */
export async function deleteRecording(
  services: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
): Promise<void> {
  const { ownerId } = await findOwned(services, principal, recordingId);
  await removeRecording(services, recordingId, ownerId);
}

/**
 * Row, files, row: marked first, so that nobody writes into it any more and a crash in between is carried on at the
 * next clean-up; then the folder; the row goes last.
 */
export async function removeRecording(services: Services, recordingId: string, ownerId: string): Promise<void> {
  const { database, folder, changes, log } = services;
  await folder.confirm();
  await database.recording.updateMany({ where: { id: recordingId, deletedAt: null }, data: { deletedAt: new Date() } });
  // Sockets and compilations of this recording hear it and let go.
  changes.publish({ kind: "deleted", recordingId, ownerId });
  await folder.removeRecording(recordingId);
  await database.recording.deleteMany({ where: { id: recordingId } });
  log.info({ recordingId }, "recording deleted");
}
