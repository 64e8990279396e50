/**
 * Removes segments of cameras as retention allows, by age and by bytes, the oldest first; pinned ones stay. Mark, then file,
 * then row: a run that ends in between is carried on by the next.
 */
import { cameraSettingsOf } from "@/lib/domain/camera-settings";
import type { Camera, CameraSegment } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";
import { removeObject } from "@/lib/server/uploads/segment-uploads";

/** `storage` of a segment that is being removed; nobody is shown it any more. */
export const REMOVING = "removing";
const DAY_MS = 24 * 3_600_000;
const PAGE = 500;

/** @returns how many segments were removed */
export async function cleanUpCameras(services: Services, now = new Date()): Promise<number> {
  const { database, folder, log } = services;
  await folder.confirm();
  let removed = 0;
  for (const { id, filename, cameraId, storageKey } of await database.cameraSegment.findMany({
    where: { storage: REMOVING },
  })) {
    await finish(services, { id, filename, cameraId, storageKey });
    removed += 1;
  }
  for (const camera of await database.camera.findMany({ where: { deletedAt: null } })) {
    const due = await whatIsDue(services, camera, now);
    for (const segment of due) {
      const { count } = await database.cameraSegment.updateMany({
        where: { id: segment.id, pinned: false, storage: segment.storage, storageKey: segment.storageKey },
        data: { storage: REMOVING },
      });
      if (count > 0) await finish(services, segment);
      removed += count;
    }
    await removeThumbnails(services, camera.id);
  }
  if (removed > 0) log.info({ segments: removed }, "segments of cameras cleaned up");
  return removed;
}

async function whatIsDue({ database, config }: Services, camera: Camera, now: Date): Promise<CameraSegment[]> {
  const settings = cameraSettingsOf(camera.settings);
  const days = settings.retentionDays ?? config.CAMERA_RETENTION_DAYS;
  const where = { cameraId: camera.id, pinned: false, storage: { not: REMOVING } };
  const old =
    days === 0
      ? []
      : await database.cameraSegment.findMany({
          where: { ...where, endedAt: { lt: new Date(now.getTime() - days * DAY_MS) } },
          orderBy: { startedAt: "asc" },
          take: PAGE,
        });
  if (settings.maxBytes === null) return old;
  const sum = await database.cameraSegment.aggregate({ where: { cameraId: camera.id }, _sum: { sizeBytes: true } });
  let over = Number(sum._sum.sizeBytes ?? 0) - settings.maxBytes;
  const due = new Map(old.map((segment) => [segment.id, segment]));
  for (const { sizeBytes } of old) over -= Number(sizeBytes);
  if (over <= 0) return old;
  for (const segment of await database.cameraSegment.findMany({ where, orderBy: { startedAt: "asc" }, take: PAGE })) {
    if (over <= 0) break;
    if (due.has(segment.id)) continue;
    due.set(segment.id, segment);
    over -= Number(segment.sizeBytes);
  }
  return [...due.values()];
}

async function finish(
  services: Services,
  { id, cameraId, filename, storageKey }: Pick<CameraSegment, "id" | "cameraId" | "filename" | "storageKey">,
): Promise<void> {
  const { cameras, database } = services;
  // While the store is away the row stays, and it is tried again: nothing is left there that nobody knows of.
  if (storageKey !== null && !(await removeObject(services, storageKey))) return;
  await cameras.removeSegment(cameraId, filename);
  await database.cameraSegment.deleteMany({ where: { id } });
}

/** Thumbnails of what is not there any more. */
async function removeThumbnails({ cameras, database }: Services, cameraId: string): Promise<void> {
  const first = await database.cameraSegment.findFirst({ where: { cameraId }, orderBy: { startedAt: "asc" } });
  if (first === null) return;
  const old = await database.cameraThumbnail.findMany({ where: { cameraId, at: { lt: first.startedAt } }, take: PAGE });
  for (const { at, filename } of old) {
    await cameras.removeThumbnail(cameraId, filename);
    await database.cameraThumbnail.deleteMany({ where: { cameraId, at } });
  }
}
