/**
 * The worker's side of a capture: taken on by one run at a time, kept by its heartbeat, and ended once. The run is in the
 * database, so that a queue that was emptied, or a worker that was only slow, never makes two of them record one stream.
 */
import type { GapCause } from "@/lib/domain/gap-causes";
import type { StreamState } from "@/lib/domain/mjpeg-settings";
import type { StreamCapture } from "@/lib/server/database/client";
import { beginTake, finishTrack, noteSizes, stopRecording } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";

/** A run tells that it is alive this often. */
export const HEARTBEAT_MS = 3000;
/** A run that was silent for this long is gone. */
const STALE_MS = 12_000;

/** Whether a worker is recording it now. */
export function isRunning({ runId, heartbeatAt }: Pick<StreamCapture, "runId" | "heartbeatAt">): boolean {
  return runId !== null && heartbeatAt !== null && heartbeatAt.getTime() > Date.now() - STALE_MS;
}

/** Nobody has it, or who had it is gone. */
function isFree() {
  return [{ runId: null }, { heartbeatAt: null }, { heartbeatAt: { lt: new Date(Date.now() - STALE_MS) } }];
}

/** @returns the capture, or why it cannot be taken on: it is over, too early, or another run has it */
export async function claimCapture(
  { database }: Services,
  captureId: string,
  runId: string,
): Promise<StreamCapture | "over" | "early" | "busy"> {
  const { count } = await database.streamCapture.updateMany({
    where: { id: captureId, endedAt: null, startAt: { lte: new Date() }, OR: isFree() },
    data: { runId, heartbeatAt: new Date(), state: "connecting", stateMessage: null },
  });
  const row = await database.streamCapture.findUnique({ where: { id: captureId } });
  if (row === null || row.endedAt !== null) return "over";
  if (count === 1 && row.runId === runId) return row;
  return row.startAt > new Date() ? "early" : "busy";
}

/** What a run reports. */
export interface CaptureProgress {
  state: StreamState;
  stateMessage: string | null;
  lastFrameAt: Date | null;
  frames: number;
  droppedFrames: number;
  brokenFrames: number;
  frozenSince: Date | null;
}

/**
 * Tells that the run is alive and how far it is.
 *
 * @returns the row as it is now; null when the run has lost it: taken over, ended or deleted
 */
export async function beat(
  services: Services,
  { id, runId, recordingId }: { id: string; runId: string; recordingId: string },
  progress: CaptureProgress,
): Promise<StreamCapture | null> {
  const { database } = services;
  const { count } = await database.streamCapture.updateMany({
    where: { id, runId, endedAt: null, recording: { deletedAt: null } },
    data: { ...progress, heartbeatAt: new Date() },
  });
  if (count === 0) return null;
  // A recording whose source is away is not one that was left.
  await database.recording.updateMany({ where: { id: recordingId }, data: { lastByteAt: new Date() } });
  await noteSizes(services, recordingId);
  return database.streamCapture.findUnique({ where: { id } });
}

/** Gives a capture back, so that another run may take it on at once. */
export async function releaseCapture({ database }: Services, captureId: string, runId: string): Promise<void> {
  await database.streamCapture.updateMany({
    where: { id: captureId, runId, endedAt: null },
    data: { runId: null, heartbeatAt: null, state: "waiting" },
  });
}

/**
 * Ends a capture for good: its tracks are finished, its recording is stopped and compiled.
 *
 * @param runId of the run that has it; null: only when nobody has
 * @param endCode why, when nobody asked for it
 * @returns whether it was ended now
 */
export async function endCapture(
  services: Services,
  { id, recordingId }: Pick<StreamCapture, "id" | "recordingId">,
  runId: string | null,
  endCode: string | null,
  endMessage: string | null = null,
): Promise<boolean> {
  const { database } = services;
  const { count } = await database.streamCapture.updateMany({
    where: { id, endedAt: null, ...(runId === null ? { OR: isFree() } : { runId }) },
    data: { endedAt: new Date(), endCode, state: "ended", stateMessage: endMessage, runId: null },
  });
  if (recordingId !== null) await finishRecording(services, recordingId);
  return count === 1;
}

/** Finishes what a run that is gone has left open, and stops the recording. May be done twice. */
export async function finishRecording(services: Services, recordingId: string): Promise<void> {
  await finishOpenTracks(services, recordingId);
  await stopRecording(services, recordingId);
}

/** Finishes the tracks that a run that is gone has left open: what is on disk is all there is of them. */
export async function finishOpenTracks(services: Services, recordingId: string): Promise<void> {
  const { database, folder } = services;
  const open = await database.track.findMany({ where: { recordingId, finishedAt: null } });
  for (const { takeNumber, filename } of open) {
    const sizeBytes = await folder.size(recordingId, filename);
    if (sizeBytes === null) continue;
    const sha256 = await sha256OfFile(folder.file(recordingId, filename));
    await finishTrack(services, recordingId, takeNumber, "video", { sizeBytes, sha256 });
  }
}

/** Writes down what the source did not send, as far as it is known by now. @param id stays the same while it grows */
export async function noteLoss(
  { database }: Services,
  loss: { id: string; recordingId: string; takeNumber: number; fromMs: number; toMs: number; code: GapCause },
): Promise<void> {
  const { id, ...facts } = loss;
  await database.interruption.upsert({
    where: { id },
    create: { id, kind: null, ...facts },
    update: { toMs: facts.toMs },
  });
}

/**
 * The take that a run records into: the first one while nothing of it is there, else the next.
 *
 * @param cause what ended the one before
 */
export async function takeForRun(
  services: Services,
  { ownerId, recordingId }: { ownerId: string; recordingId: string },
  cause: GapCause,
): Promise<number> {
  const { database } = services;
  const tracks = await database.track.count({ where: { recordingId } });
  if (tracks === 0) return 1;
  const taken = await beginTake(services, { userId: ownerId }, recordingId, {
    cause: cause as Parameters<typeof beginTake>[3]["cause"],
    tracks: ["video"],
  });
  return taken.number;
}

/** Captures whose jobs have to be in the queue. */
export async function unfinishedCaptures({ database }: Services): Promise<Pick<StreamCapture, "id" | "startAt">[]> {
  return database.streamCapture.findMany({ where: { endedAt: null }, select: { id: true, startAt: true } });
}
