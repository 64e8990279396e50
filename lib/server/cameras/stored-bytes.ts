/** What cameras take of a quota: what they have stored, or what is reserved for them when that is more. */
import type { Services } from "@/lib/server/services";

type Source = Pick<Services, "database">;

/** Bytes of a camera's segments, wherever they are kept. */
export async function storedBytes({ database }: Source, cameraId: string): Promise<number> {
  const sum = await database.cameraSegment.aggregate({ where: { cameraId }, _sum: { sizeBytes: true } });
  return Number(sum._sum.sizeBytes ?? 0);
}

/** @param exceptId a camera that is not counted */
export async function cameraBytes({ database }: Source, userId: string, exceptId?: string): Promise<number> {
  const cameras = await database.camera.findMany({
    where: { ownerId: userId, ...(exceptId === undefined ? {} : { id: { not: exceptId } }) },
    select: { id: true, reservedBytes: true },
  });
  if (cameras.length === 0) return 0;
  const sums = await database.cameraSegment.groupBy({
    by: ["cameraId"],
    where: { camera: { ownerId: userId } },
    _sum: { sizeBytes: true },
  });
  const stored = new Map(sums.map(({ cameraId, _sum }) => [cameraId, Number(_sum.sizeBytes ?? 0)]));
  return cameras.reduce((sum, { id, reservedBytes }) => sum + Math.max(Number(reservedBytes), stored.get(id) ?? 0), 0);
}
