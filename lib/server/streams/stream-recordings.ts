/**
 * Recordings of published streams: each connection of an encoder is a take, and so is each further file of one. An encoder
 * that goes may come back for a while, which the database knows, so that it holds after a crash of any process.
 */
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "@/lib/domain/errors";
import type { GapCause } from "@/lib/domain/gap-causes";
import type { StreamKey } from "@/lib/server/database/client";
import { beginTake, createRecording, stopRecording } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { completeStreamFile } from "@/lib/server/streams/complete-file";

/** What is being compiled is waited for this long: what comes meanwhile is kept in memory. */
const COMPILING_POLL_MS = 250;
const COMPILING_TRIES = 20;

export interface StreamTake {
  recordingId: string;
  take: number;
}

/**
 * The take that a stream is recorded to from now on: of the recording whose encoder has gone and come back in time, or
 * of a new one.
 *
 * @throws {AppError} storage_full when there is no room
 */
export async function beginStreamTake(services: Services, key: StreamKey, cause: GapCause): Promise<StreamTake> {
  const waiting = await services.database.recording.findFirst({
    where: { streamKeyId: key.id, deletedAt: null, resumableUntil: { gt: new Date() } },
    orderBy: { createdAt: "desc" },
    select: { id: true },
  });
  if (waiting !== null) {
    const again = await comeBack(services, key, waiting.id, cause);
    if (again !== null) return again;
  }
  const request = { title: `${key.name} ${new Date().toISOString().slice(0, 16).replace("T", " ")}` };
  const origin = { source: "rtmp", streamKeyId: key.id } as const;
  const recordingId = await createRecording(services, key, { ...request, tracks: ["video"] }, origin);
  return { recordingId, take: 1 };
}

/** Compiling a recording whose encoder said goodbye takes a moment; then it can be gone on with. null: it cannot. */
async function comeBack(
  services: Services,
  key: StreamKey,
  recordingId: string,
  cause: GapCause,
): Promise<StreamTake | null> {
  for (let tries = 0; tries < COMPILING_TRIES; tries += 1) {
    try {
      return await nextStreamTake(services, key, recordingId, cause);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "compiling") break;
      await pause(COMPILING_POLL_MS);
    }
  }
  return null;
}

/** @throws {AppError} not_found when the recording was deleted */
export async function nextStreamTake(
  services: Services,
  key: StreamKey,
  recordingId: string,
  cause: GapCause,
): Promise<StreamTake> {
  const { number } = await beginTake(services, key, recordingId, { cause, tracks: ["video"] });
  await services.database.recording.updateMany({ where: { id: recordingId }, data: { resumableUntil: null } });
  return { recordingId, take: number };
}

/** Notes that the encoder has gone. @returns when the recording is to be ended, unless it comes back */
export async function awaitEncoder({ database, config }: Services, recordingId: string): Promise<Date> {
  const until = new Date(Date.now() + config.RTMP_RESUME_SECONDS * 1000);
  await database.recording.updateMany({ where: { id: recordingId }, data: { resumableUntil: until } });
  return until;
}

/** What was ended on purpose is not gone on with. */
export async function forgetEncoder({ database }: Services, recordingId: string): Promise<void> {
  await database.recording.updateMany({ where: { id: recordingId }, data: { resumableUntil: null } });
}

/** Ends a recording whose encoder did not come back. @returns when to look again; null: it has ended */
export async function endAwaited(services: Services, recordingId: string): Promise<Date | null> {
  const row = await services.database.recording.findUnique({ where: { id: recordingId } });
  if (row === null || row.state !== "recording" || row.resumableUntil === null) return null;
  if (row.resumableUntil.getTime() > Date.now()) return row.resumableUntil;
  await stopRecording(services, recordingId);
  return null;
}

/**
 * After a start: files that no process writes any more are completed as they are, and their encoders may come back.
 *
 * @returns recordings that wait for their encoder, and until when
 */
export async function recoverStreams(services: Services): Promise<{ recordingId: string; until: Date }[]> {
  const { database, folder, log } = services;
  const live = await database.recording.findMany({
    where: { source: "rtmp", state: "recording", deletedAt: null },
    include: { tracks: true },
  });
  const waiting: { recordingId: string; until: Date }[] = [];
  for (const { id: recordingId, tracks, resumableUntil } of live) {
    for (const { takeNumber, kind, filename, finishedAt } of tracks) {
      if (finishedAt !== null) continue;
      const sizeBytes = BigInt((await folder.size(recordingId, filename)) ?? 0);
      if (sizeBytes > 0n) await completeStreamFile(folder.file(recordingId, filename));
      const sha256 = sizeBytes === 0n ? null : await sha256OfFile(folder.file(recordingId, filename));
      await database.track.updateMany({
        where: { recordingId, takeNumber, kind, finishedAt: null },
        data: { sizeBytes, sha256, finishedAt: new Date() },
      });
      log.info({ recordingId, filename, sizeBytes: Number(sizeBytes) }, "file of a stream completed after a crash");
    }
    waiting.push({ recordingId, until: resumableUntil ?? (await awaitEncoder(services, recordingId)) });
  }
  return waiting;
}
