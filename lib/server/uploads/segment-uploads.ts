/**
 * Finished segments of cameras on their way from this disk to the object store: stored and verified, then their row says
 * so, and only then the file here goes. Between any two of these steps a process may end: there is always one whole copy
 * that the row names, and whoever looks next goes on from there.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { type AppError, toAppError } from "@/lib/domain/errors";
import type { CameraSegment } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";
import type { ObjectStore } from "@/lib/server/storage/object-store";
import { storeFailed } from "@/lib/server/storage/object-store";
import { syncFolder } from "@/lib/server/storage/sync-folder";

/** What may be interrupted between, in this order. */
export type UploadStep = "begin" | "stored" | "noted" | "removed" | "done";

/** Name of a segment in the store. */
export function segmentKey({ cameraId, filename }: Pick<CameraSegment, "cameraId" | "filename">): string {
  return `cameras/${cameraId}/${filename}`;
}

/** What is still on this disk and is to leave it. */
const PENDING = { OR: [{ storage: "local" }, { storage: "s3", localRemovedAt: null }] };

/** The oldest segments that are to be moved. */
export async function pendingUploads({ database }: Services, limit: number): Promise<string[]> {
  const rows = await database.cameraSegment.findMany({
    where: PENDING,
    orderBy: { endedAt: "asc" },
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** What has not been stored yet. */
export async function uploadBacklog({
  database,
}: Services): Promise<{ segments: number; bytes: number; oldest: Date | null }> {
  const found = await database.cameraSegment.aggregate({
    where: { storage: "local" },
    _count: true,
    _sum: { sizeBytes: true },
    _min: { endedAt: true },
  });
  return { segments: found._count, bytes: Number(found._sum.sizeBytes ?? 0n), oldest: found._min.endedAt };
}

/**
 * Moves a segment, from whichever step it was left at.
 *
 * @param onStep called after each step, for tests
 * @returns the bytes that were stored now; null when there was nothing to store
 * @throws {AppError} unavailable when the store is away; the segment stays here
 */
export async function uploadSegment(
  services: Services,
  store: ObjectStore,
  segmentId: string,
  { signal, onStep = () => {} }: { signal?: AbortSignal; onStep?: (step: UploadStep) => void } = {},
): Promise<number | null> {
  const { database, folder, log } = services;
  let segment = await database.cameraSegment.findUnique({ where: { id: segmentId } });
  if (segment === null || !["local", "s3"].includes(segment.storage) || segment.localRemovedAt !== null) return null;
  await folder.confirm();
  const file = services.cameras.file(segment.cameraId, segment.filename);
  const key = segment.storageKey ?? segmentKey(segment);
  let storedBytes: number | null = null;
  onStep("begin");
  if (segment.storage === "local") {
    const source = { file, sizeBytes: Number(segment.sizeBytes), sha256: segment.sha256, contentType: "video/mp2t" };
    await store.put(key, source, signal);
    onStep("stored");
    const { count } = await database.cameraSegment.updateMany({
      where: { id: segmentId, storage: "local" },
      data: { storage: "s3", storageKey: key, uploadedAt: new Date(), uploadError: null },
    });
    storedBytes = source.sizeBytes;
    // Removed meanwhile, by retention or with its camera: what was stored of it goes too.
    if (count === 0) return abandon(services, store, segmentId, key);
    onStep("noted");
    segment = { ...segment, storage: "s3", storageKey: key };
  } else {
    // Noted before a process ended; the store is asked once more before the last copy here goes.
    await expectStored(store, key, segment);
  }
  await fs.rm(file, { force: true });
  await syncFolder(path.dirname(file)).catch(() => {});
  onStep("removed");
  await database.cameraSegment.updateMany({ where: { id: segmentId }, data: { localRemovedAt: new Date() } });
  onStep("done");
  log.info({ segmentId, key, storedBytes }, "segment moved to the object store");
  return storedBytes;
}

async function expectStored(store: ObjectStore, key: string, segment: CameraSegment): Promise<void> {
  const facts = await store.head(key);
  if (facts?.sizeBytes === Number(segment.sizeBytes) && facts.sha256 === segment.sha256) return;
  throw storeFailed(new Error("the object is not what was stored"), `head ${key}`);
}

async function abandon({ database }: Services, store: ObjectStore, segmentId: string, key: string): Promise<null> {
  const row = await database.cameraSegment.findUnique({ where: { id: segmentId } });
  // Another worker has moved it: then the object is its only copy.
  if (row?.storage !== "s3") await store.delete(key);
  return null;
}

/** Removes an object that no row will name any more. @returns false when the store cannot be asked now */
export async function removeObject({ objectStore, log }: Services, key: string): Promise<boolean> {
  try {
    if (objectStore === null) throw new Error("there is no object store");
    await objectStore.delete(key);
    return true;
  } catch (error) {
    log.warn({ key, error: String((error as AppError).detail ?? error) }, "object could not be removed yet");
    return false;
  }
}

/** Writes down that a segment could not be moved; it is tried again. */
export async function noteUploadFailure(
  { database, log }: Services,
  segmentId: string,
  thrown: unknown,
): Promise<number> {
  const error = toAppError(thrown);
  log.warn({ segmentId, code: error.code, detail: error.detail }, "segment could not be moved to the object store");
  await database.cameraSegment.updateMany({
    where: { id: segmentId },
    data: { uploadAttempts: { increment: 1 }, uploadError: error.message },
  });
  const row = await database.cameraSegment.findUnique({ where: { id: segmentId }, select: { uploadAttempts: true } });
  return row?.uploadAttempts ?? 0;
}
