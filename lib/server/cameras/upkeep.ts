/** What keeps cameras moving after crashes; may run in several processes at once and be interrupted anywhere. */
import { LOST_AFTER_MS } from "@/lib/server/cameras/capture";
import { removeCamera } from "@/lib/server/cameras/manage";
import type { Services } from "@/lib/server/services";

/** A deletion that is older was interrupted. */
const DELETION_DEADLINE_MS = 60_000;

/** Queues every camera that is wanted; those whose job is there are not queued twice. @returns how many are wanted */
export async function requeueCameras(services: Services, now = new Date()): Promise<number> {
  const { database, captureQueue } = services;
  const wanted = await database.camera.findMany({
    where: { wanted: true, deletedAt: null, startedAt: { not: null } },
    select: { id: true, startedAt: true },
  });
  for (const { id, startedAt } of wanted) {
    await captureQueue.add({ cameraId: id, startedAtMs: (startedAt as Date).getTime() });
  }
  // Whoever looks is told that nobody records it.
  const lost = new Date(now.getTime() - 2 * LOST_AFTER_MS);
  await database.camera.updateMany({
    where: { wanted: true, heartbeatAt: { lt: lost }, state: { not: "waiting" } },
    data: { state: "waiting", stateAt: now },
  });
  await database.camera.updateMany({
    where: { wanted: false, state: { not: "stopped" }, OR: [{ heartbeatAt: null }, { heartbeatAt: { lt: lost } }] },
    data: { state: "stopped", stateAt: now, workerId: null, liveFilename: null, liveStartedAt: null },
  });
  const begun = await database.camera.findMany({
    where: { deletedAt: { lt: new Date(now.getTime() - DELETION_DEADLINE_MS) } },
    select: { id: true },
  });
  for (const { id } of begun) await removeCamera(services, id);
  return wanted.length;
}
