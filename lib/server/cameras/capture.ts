/**
 * The worker's side of a camera: taking it on, saying how it is, and writing down what came of it. Every update asks whether
 * the camera is still this worker's, so that one that was away too long changes nothing.
 */
import { randomUUID } from "node:crypto";
import { CAMERA_CAUSES, type CameraCause, type CameraFailure, cameraCause } from "@/lib/domain/camera-causes";
import { type CameraSettings, cameraSettingsOf } from "@/lib/domain/camera-settings";
import type { CameraState } from "@/lib/domain/camera-state";
import type { SegmentHead } from "@/lib/protocol/segment-index";
import { closeGap, openGap } from "@/lib/server/cameras/gaps";
import { type Camera, isUniqueViolation } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

/** A worker says so often that it has its cameras. */
export const HEARTBEAT_MS = 5000;
/** One that has not said so for longer has lost them. */
export const LOST_AFTER_MS = 15_000;

export interface CaptureTarget {
  id: string;
  ownerId: string;
  url: string;
  credentials: { username: string; password: string } | null;
  settings: CameraSettings;
  /** When it was last wanted. */
  startedAtMs: number;
}

/** Names what credentials are sealed for. */
export function credentialsContext(cameraId: string): string {
  return `camera:${cameraId}`;
}

/** @throws {AppError} conflict when the credentials cannot be opened */
export function captureTarget({ sealer }: Pick<Services, "sealer">, camera: Camera): CaptureTarget {
  const { id, ownerId, rtspUrl, credentials, settings, startedAt } = camera;
  return {
    ...{ id, ownerId, url: rtspUrl },
    credentials: credentials === null ? null : JSON.parse(sealer.open(credentials, credentialsContext(id))),
    settings: cameraSettingsOf(settings),
    startedAtMs: startedAt?.getTime() ?? Date.now(),
  };
}

/**
 * Takes a camera on.
 *
 * @returns null: it is not wanted any more; "taken": another worker has it and is alive
 */
export async function claimCamera(
  { database }: Services,
  workerId: string,
  cameraId: string,
  startedAtMs: number,
): Promise<Camera | "taken" | null> {
  const wanted = { id: cameraId, wanted: true, deletedAt: null, startedAt: new Date(startedAtMs) };
  const now = new Date();
  const lost = new Date(now.getTime() - LOST_AFTER_MS);
  const { count } = await database.camera.updateMany({
    where: { ...wanted, OR: [{ workerId: null }, { workerId }, { heartbeatAt: null }, { heartbeatAt: { lt: lost } }] },
    data: { workerId, heartbeatAt: now, state: "connecting", stateAt: now, liveFilename: null, liveStartedAt: null },
  });
  if (count > 0) return database.camera.findUnique({ where: { id: cameraId } });
  return (await database.camera.count({ where: wanted })) > 0 ? "taken" : null;
}

/**
 * Says that a worker still has its cameras.
 *
 * @returns those it is to end: another's by now or not wanted any more, or to be begun anew (`isChanged`)
 */
export async function heartbeat(
  { database }: Services,
  workerId: string,
  cameras: readonly { id: string; isHealthy: boolean; startedAtMs: number }[],
): Promise<{ id: string; isChanged: boolean }[]> {
  const now = new Date();
  const ids = cameras.map(({ id }) => id);
  const healthy = cameras.filter(({ isHealthy }) => isHealthy).map(({ id }) => id);
  await database.camera.updateMany({ where: { id: { in: ids }, workerId }, data: { heartbeatAt: now } });
  await database.camera.updateMany({ where: { id: { in: healthy }, workerId }, data: { lastMediaAt: now } });
  const rows = await database.camera.findMany({
    where: { id: { in: ids }, workerId, wanted: true, deletedAt: null },
    select: { id: true, startedAt: true },
  });
  const ours = new Map(rows.map(({ id, startedAt }) => [id, startedAt?.getTime()]));
  return cameras
    .filter(({ id, startedAtMs }) => ours.get(id) !== startedAtMs)
    .map(({ id }) => ({ id, isChanged: ours.has(id) }));
}

/** Writes down how a camera is. */
export async function noteState(
  { database }: Services,
  workerId: string,
  cameraId: string,
  state: CameraState,
  facts: { failure?: CameraFailure; live?: { filename: string; head: SegmentHead } | null } = {},
): Promise<void> {
  const { failure, live } = facts;
  const now = new Date();
  await database.camera.updateMany({
    where: { id: cameraId, workerId },
    data: {
      ...{ state, stateAt: now },
      ...(failure === undefined
        ? {}
        : { lastErrorCode: failure.code, lastErrorMessage: failure.message, lastErrorAt: now }),
      ...(live === undefined ? {} : liveData(live)),
    },
  });
}

function liveData(live: { filename: string; head: SegmentHead } | null) {
  if (live === null) return { liveFilename: null, liveStartedAt: null };
  const { startedAtMs, videoCodec, audioCodec, width, height } = live.head;
  return {
    ...{ liveFilename: live.filename, liveStartedAt: new Date(startedAtMs), lastMediaAt: new Date() },
    ...{ videoCodec, audioCodec, width, height },
  };
}

/** Gives a camera up that was stopped (`stopped`), or that another worker is to take (`waiting`). */
export async function releaseCamera(
  { database }: Services,
  workerId: string,
  cameraId: string,
  state: "stopped" | "waiting",
): Promise<void> {
  const { count } = await database.camera.updateMany({
    where: { id: cameraId, workerId, wanted: state === "waiting" },
    data: { state, stateAt: new Date(), workerId: null, heartbeatAt: null, liveFilename: null, liveStartedAt: null },
  });
  // What is not wanted is not missed.
  if (count > 0 && state === "stopped") await closeGap({ database }, cameraId, Date.now());
}

/** A segment that is whole on disk, for its row. */
export interface SegmentFacts extends Omit<SegmentHead, "version"> {
  filename: string;
  endedAtMs: number;
  durationMs: number;
  sizeBytes: number;
  sha256: string;
  keyFrames: number;
}

/** Writes the row of a segment, once however often it is called. @returns whether it is new */
export async function addSegment({ database, log }: Services, cameraId: string, facts: SegmentFacts): Promise<boolean> {
  const { startedAtMs, endedAtMs, sizeBytes, ...same } = facts;
  const { filename, durationMs, sha256, keyFrames, videoCodec, audioCodec, width, height, cause } = same;
  try {
    await database.$transaction([
      database.cameraSegment.create({
        data: {
          ...{ id: randomUUID(), cameraId, filename, durationMs, sha256, keyFrames, sizeBytes: BigInt(sizeBytes) },
          ...{ videoCodec, audioCodec, width, height, cause },
          startedAt: new Date(startedAtMs),
          endedAt: new Date(endedAtMs),
        },
      }),
      database.camera.update({
        where: { id: cameraId },
        data: { segmentCount: { increment: 1 }, totalBytes: { increment: BigInt(sizeBytes) } },
      }),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // Taken over while this one was away: what came to it since is in the file, and counts.
    await database.cameraSegment.updateMany({
      where: { cameraId, filename, sizeBytes: { lt: BigInt(sizeBytes) } },
      data: { sizeBytes: BigInt(sizeBytes), sha256, durationMs, keyFrames, endedAt: new Date(endedAtMs) },
    });
    return false;
  }
  log.info({ cameraId, filename, durationMs, sizeBytes }, "segment finished");
  return true;
}

/**
 * Settles the gap before a camera is recorded again: from what was recorded last in this run.
 *
 * @returns why it was not recorded until now; null: it has just been started
 */
export async function settleGapBefore(
  services: Pick<Services, "database">,
  { id, startedAtMs }: Pick<CaptureTarget, "id" | "startedAtMs">,
): Promise<CameraCause | null> {
  const { database } = services;
  const open = await database.cameraGap.findFirst({ where: { cameraId: id, toAt: null } });
  if (open !== null) return cameraCause(open.code);
  const last = await database.cameraSegment.findFirst({ where: { cameraId: id }, orderBy: { startedAt: "desc" } });
  const fromMs = last?.endedAt.getTime() ?? 0;
  // Before it was started: stopped by its owner in between is no gap.
  if (fromMs <= startedAtMs) return null;
  await openGap(services, id, fromMs, "worker_lost", CAMERA_CAUSES.worker_lost);
  return "worker_lost";
}
