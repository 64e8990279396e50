/**
 * Finds cameras for somebody, and says what they are. Every path to what a camera sent goes through {@link findOwnedCamera}:
 * what belongs to another is answered as if it did not exist.
 */
import { isCameraId } from "@/lib/domain/camera-names";
import { cameraSettingsOf } from "@/lib/domain/camera-settings";
import { cameraState } from "@/lib/domain/camera-state";
import type { CameraResource } from "@/lib/protocol/cameras";
import type { Principal } from "@/lib/server/auth/authenticate";
import { credentialsContext } from "@/lib/server/cameras/capture";
import type { Camera } from "@/lib/server/database/client";
import { joinCredentials, maskUrl } from "@/lib/server/secrets/mask-url";
import type { Services } from "@/lib/server/services";
import { cameraNotFound } from "@/lib/server/storage/cameras-folder";

/** @throws {AppError} not_found when it does not exist, is being deleted, or belongs to another */
export async function findOwnedCamera(
  { database }: Pick<Services, "database">,
  principal: Pick<Principal, "userId">,
  cameraId: string,
): Promise<Camera> {
  const camera = isCameraId(cameraId)
    ? await database.camera.findFirst({ where: { id: cameraId, ownerId: principal.userId, deletedAt: null } })
    : null;
  if (camera === null) throw cameraNotFound();
  return camera;
}

/** The address with its user, and the password masked. */
export function shownUrl({ sealer }: Pick<Services, "sealer">, { id, rtspUrl, credentials }: Camera): string {
  if (credentials === null) return maskUrl(rtspUrl);
  try {
    return maskUrl(joinCredentials(rtspUrl, JSON.parse(sealer.open(credentials, credentialsContext(id)))));
  } catch {
    return maskUrl(rtspUrl);
  }
}

/** All cameras of somebody, by name. */
export async function listCameras(services: Services, principal: Pick<Principal, "userId">): Promise<CameraResource[]> {
  const cameras = await services.database.camera.findMany({
    where: { ownerId: principal.userId, deletedAt: null },
    orderBy: [{ name: "asc" }, { id: "asc" }],
  });
  return describeCameras(services, cameras);
}

export async function describeCameras(services: Services, cameras: readonly Camera[]): Promise<CameraResource[]> {
  const { database } = services;
  const ids = cameras.map(({ id }) => id);
  const sums = await database.cameraSegment.groupBy({
    by: ["cameraId"],
    where: { cameraId: { in: ids } },
    _sum: { sizeBytes: true },
    _count: true,
  });
  const pictures = await database.cameraThumbnail.groupBy({
    by: ["cameraId"],
    where: { cameraId: { in: ids } },
    _max: { at: true },
  });
  const stored = new Map(sums.map((sum) => [sum.cameraId, sum]));
  const newest = new Map(pictures.map(({ cameraId, _max }) => [cameraId, _max.at]));
  return cameras.map((camera) => {
    const { id, state, lastErrorCode, lastErrorMessage, lastErrorAt } = camera;
    const shownState = cameraState(state);
    const isFailing = camera.wanted && shownState !== "recording" && lastErrorAt !== null;
    const base = `/api/v1/cameras/${id}`;
    const picture = newest.get(id) ?? null;
    return {
      id,
      name: camera.name,
      url: shownUrl(services, camera),
      hasCredentials: camera.credentials !== null,
      settings: cameraSettingsOf(camera.settings),
      wanted: camera.wanted,
      state: shownState,
      stateAt: camera.stateAt.toISOString(),
      error: isFailing
        ? { code: lastErrorCode ?? "internal", message: lastErrorMessage ?? "", at: lastErrorAt.toISOString() }
        : null,
      startedAt: camera.startedAt?.toISOString() ?? null,
      reservationId: camera.reservationId,
      lastMediaAt: camera.lastMediaAt?.toISOString() ?? null,
      videoCodec: camera.videoCodec,
      audioCodec: camera.audioCodec,
      width: camera.width,
      height: camera.height,
      segmentCount: stored.get(id)?._count ?? 0,
      storedBytes: Number(stored.get(id)?._sum.sizeBytes ?? 0),
      thumbnailUrl: picture === null ? null : `${base}/thumbnails/${picture.getTime()}`,
      liveUrl: camera.liveFilename === null ? null : `${base}/live.m3u8`,
      createdAt: camera.createdAt.toISOString(),
    };
  });
}

export async function describeCamera(services: Services, camera: Camera): Promise<CameraResource> {
  return (await describeCameras(services, [camera]))[0] as CameraResource;
}
