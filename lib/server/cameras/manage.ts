/** The life of a camera, one function for each move: added, changed, started, stopped, deleted, looked at. */
import { randomUUID } from "node:crypto";
import { type CameraSettings, cameraSettingsOf, cameraSettingsSchema } from "@/lib/domain/camera-settings";
import { AppError } from "@/lib/domain/errors";
import type { CameraTestResult } from "@/lib/protocol/camera-jobs";
import type { ChangeCameraRequest, CreateCameraRequest, TestCameraRequest } from "@/lib/protocol/cameras";
import type { Principal } from "@/lib/server/auth/authenticate";
import { captureTarget, credentialsContext } from "@/lib/server/cameras/capture";
import { findOwnedCamera } from "@/lib/server/cameras/find";
import { cameraBytes, storedBytes } from "@/lib/server/cameras/stored-bytes";
import { type Camera, isUniqueViolation } from "@/lib/server/database/client";
import { splitCredentials } from "@/lib/server/secrets/mask-url";
import type { Services } from "@/lib/server/services";
import { expectRoomToRecord } from "@/lib/server/storage/space";
import { removeObject } from "@/lib/server/uploads/segment-uploads";
import { limitBytes } from "@/lib/server/users/accounts";

type Who = Pick<Principal, "userId">;

/** What credentials of a test are sealed for. */
export const TEST_CONTEXT = "camera-test";

/**
 * Adds a camera. What can be wrong with its address is found when it is tested or started.
 *
 * @throws {AppError} conflict when the id is taken; storage_full, conflict when it is to start and may not
 */
export async function createCamera(services: Services, who: Who, request: CreateCameraRequest): Promise<string> {
  const { database, cameras, sealer, log } = services;
  const id = request.id ?? randomUUID();
  const { url, credentials } = addressOf(request);
  // Folder before row. One that is there already is another's, or of one that was deleted a moment ago.
  if ((await database.camera.count({ where: { id } })) > 0) throw idTaken();
  await cameras.create(id);
  try {
    await database.camera.create({
      data: {
        ...{ id, ownerId: who.userId, name: request.name, rtspUrl: url },
        credentials: credentials === null ? null : sealer.seal(JSON.stringify(credentials), credentialsContext(id)),
        settings: JSON.stringify(cameraSettingsSchema.parse(settingsIn(request))),
      },
    });
  } catch (error) {
    throw isUniqueViolation(error) ? idTaken() : error;
  }
  log.info({ cameraId: id, userId: who.userId }, "camera added");
  if (request.start) await startCamera(services, who, id);
  return id;
}

/** Changes a camera; one that is being recorded goes on with the new settings. @throws {AppError} not_found */
export async function changeCamera(
  services: Services,
  who: Who,
  id: string,
  request: ChangeCameraRequest,
): Promise<void> {
  const { database, sealer } = services;
  const camera = await findOwnedCamera(services, who, id);
  const settings = { ...cameraSettingsOf(camera.settings), ...settingsIn(request) };
  const data: Partial<Camera> = { settings: JSON.stringify(settings) };
  if (request.name !== undefined) data.name = request.name;
  if (request.url !== undefined || request.username !== undefined || request.password !== undefined) {
    const before = openedCredentials(services, camera);
    const given = addressOf({ ...request, url: request.url ?? camera.rtspUrl });
    // A new password alone belongs to the user there was; another address takes its credentials along only by name.
    const credentials =
      given.credentials === null
        ? request.url === undefined || sameAddress(request.url, camera.rtspUrl)
          ? before
          : null
        : { username: given.credentials.username || (before?.username ?? ""), password: given.credentials.password };
    data.rtspUrl = given.url;
    data.credentials = credentials === null ? null : sealer.seal(JSON.stringify(credentials), credentialsContext(id));
  }
  // Whoever records it begins anew when the time of its start is another one.
  const isRestart = camera.wanted && (data.rtspUrl !== undefined || data.settings !== camera.settings);
  const startedAt = new Date();
  await database.camera.update({ where: { id }, data: { ...data, ...(isRestart ? { startedAt } : {}) } });
  if (!isRestart) return;
  await services.captureQueue.add({ cameraId: id, startedAtMs: startedAt.getTime() });
  await services.captureQueue.notify(id);
}

/**
 * Has a camera recorded from now on, and reserves for it. One that is already changes nothing.
 *
 * @throws {AppError} not_found; storage_full when disk or quota leave no room; conflict when the owner records enough
 */
export async function startCamera(services: Services, who: Who, id: string): Promise<void> {
  const { database, captureQueue, log } = services;
  const camera = await findOwnedCamera(services, who, id);
  if (camera.wanted) return;
  // Tells at once when the credentials cannot be opened any more.
  captureTarget(services, camera);
  await services.folder.confirm();
  await expectRoomToRecord(services);
  const reservedBytes = await expectQuota(services, who, id, cameraSettingsOf(camera.settings));
  const startedAt = new Date();
  const { count } = await database.camera.updateMany({
    where: { id, wanted: false, deletedAt: null },
    data: {
      ...{ wanted: true, startedAt, state: "waiting", stateAt: startedAt },
      ...{ reservationId: randomUUID(), reservedBytes: BigInt(reservedBytes) },
      ...{ lastErrorCode: null, lastErrorMessage: null, lastErrorAt: null, workerId: null, heartbeatAt: null },
    },
  });
  if (count === 0) return;
  log.info({ cameraId: id, reservedBytes }, "camera started");
  await captureQueue.add({ cameraId: id, startedAtMs: startedAt.getTime() });
}

/** Ends the recording of a camera and releases what was reserved. @throws {AppError} not_found */
export async function stopCamera(services: Services, who: Who, id: string): Promise<void> {
  const camera = await findOwnedCamera(services, who, id);
  await unwant(services, camera);
}

/** Deletes a camera and all that it sent. @throws {AppError} not_found */
export async function deleteCamera(services: Services, who: Who, id: string): Promise<void> {
  const camera = await findOwnedCamera(services, who, id);
  await services.folder.confirm();
  await services.database.camera.update({ where: { id }, data: { deletedAt: new Date() } });
  await unwant(services, camera);
  await removeCamera(services, id);
}

/** Objects and files, then the row: a crash in between is carried on by upkeep. */
export async function removeCamera(services: Services, id: string): Promise<void> {
  const { cameras, database, log } = services;
  const stored = await database.cameraSegment.findMany({
    where: { cameraId: id, storageKey: { not: null } },
    select: { storageKey: true },
  });
  for (const { storageKey } of stored) {
    // Carried on by upkeep when the store is back.
    if (!(await removeObject(services, storageKey as string))) return;
  }
  await cameras.removeCamera(id);
  await database.camera.deleteMany({ where: { id, deletedAt: { not: null } } });
  // What was written while it went through.
  await cameras.removeCamera(id);
  log.info({ cameraId: id }, "camera deleted");
}

/** Looks at an address, by a worker. @throws {AppError} unavailable when none answers */
export async function testCameraAddress(services: Services, request: TestCameraRequest): Promise<CameraTestResult> {
  const { url, credentials } = addressOf(request);
  return services.captureQueue.test({
    url,
    credentials: credentials === null ? null : services.sealer.seal(JSON.stringify(credentials), TEST_CONTEXT),
  });
}

/** The same for a camera that is there, with its own credentials. @throws {AppError} not_found */
export async function testCamera(services: Services, who: Who, id: string): Promise<CameraTestResult> {
  const camera = await findOwnedCamera(services, who, id);
  const credentials = openedCredentials(services, camera);
  return services.captureQueue.test({
    url: camera.rtspUrl,
    credentials: credentials === null ? null : services.sealer.seal(JSON.stringify(credentials), TEST_CONTEXT),
  });
}

async function unwant({ database, captureQueue, log }: Services, { id, workerId }: Camera): Promise<void> {
  const { count } = await database.camera.updateMany({
    where: { id, wanted: true },
    data: {
      ...{ wanted: false, reservationId: null, reservedBytes: 0n },
      // A worker that has it says when its last segment is closed.
      ...(workerId === null ? { state: "stopped", stateAt: new Date() } : {}),
    },
  });
  if (count === 0) return;
  log.info({ cameraId: id }, "camera stopped");
  const now = new Date();
  if (workerId === null) {
    await database.cameraGap.updateMany({ where: { cameraId: id, toAt: null }, data: { toAt: now } });
  }
  await captureQueue.notify(id);
}

/** @returns what is to be reserved, in bytes */
async function expectQuota(services: Services, who: Who, id: string, settings: CameraSettings): Promise<number> {
  const { database, config } = services;
  const most = config.MAX_CAMERAS_PER_USER;
  const running = await database.camera.count({ where: { ownerId: who.userId, wanted: true, id: { not: id } } });
  if (most > 0 && running >= most) {
    throw new AppError("conflict", "too_many_cameras", `You may record ${most} cameras at the same time.`);
  }
  const owner = await database.user.findUniqueOrThrow({ where: { id: who.userId } });
  const reserved = settings.maxBytes ?? config.CAMERA_RESERVE_BYTES;
  const limit = limitBytes(owner, config);
  if (limit === null) return reserved;
  const recordings = await database.recording.aggregate({ where: { ownerId: owner.id }, _sum: { sizeBytes: true } });
  const others = await cameraBytes(services, owner.id, id);
  const own = Math.max(reserved, await storedBytes(services, id));
  if (Number(recordings._sum.sizeBytes ?? 0) + others + own > limit) {
    throw new AppError(
      "storage_full",
      "quota_exceeded",
      "Your storage has no room for another camera. Delete something, or give the camera a smaller limit.",
    );
  }
  return reserved;
}

function openedCredentials(services: Services, camera: Camera) {
  try {
    return captureTarget(services, camera).credentials;
  } catch {
    return null;
  }
}

function addressOf({ url, username, password }: TestCameraRequest) {
  const split = splitCredentials(url);
  if (username === undefined && password === undefined) return split;
  return {
    url: split.url,
    credentials: { username: username ?? split.credentials?.username ?? "", password: password ?? "" },
  };
}

function sameAddress(one: string, other: string): boolean {
  return splitCredentials(one).url === splitCredentials(other).url;
}

function settingsIn({
  segmentSeconds,
  audio,
  retentionDays,
  maxBytes,
}: Partial<CameraSettings>): Partial<CameraSettings> {
  const all = { segmentSeconds, audio, retentionDays, maxBytes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function idTaken(): AppError {
  return new AppError("conflict", "camera_id_taken", "There is a camera of this id already. Choose another.");
}
