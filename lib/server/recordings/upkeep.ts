/**
 * What keeps recordings moving after crashes. Everything here may run in several processes at once and be interrupted
 * anywhere. What retention allows is removed by clean-up.ts.
 */
import { enqueue, removeRecording, stopRecording, stopWhenComplete } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";

/** A deletion that is older than this was interrupted. */
const DELETION_DEADLINE_MS = 60_000;

/** A recording that has all it waits for is ended at once, or was not because its process ended first. */
const END_DEADLINE_MS = 60_000;

/** Queues every compilation the database asks for; those whose job is still there are not queued twice. */
export async function requeueCompilations(services: Services): Promise<number> {
  const waiting = await services.database.recording.findMany({
    where: { state: { in: ["stopped", "compiling"] }, compileRequestedAt: { not: null }, deletedAt: null },
    select: { id: true, compileRequestedAt: true },
  });
  for (const { id, compileRequestedAt } of waiting) await enqueue(services, id, compileRequestedAt as Date);
  return waiting.length;
}

/** Ends recordings whose source went away long ago. */
export async function endInterrupted(services: Services, now = new Date()): Promise<number> {
  await services.folder.confirm();
  const lastByteBefore = new Date(now.getTime() - services.config.INTERRUPTED_TIMEOUT_MINUTES * 60_000);
  const silent = await services.database.recording.findMany({
    where: { state: "recording", deletedAt: null, lastByteAt: { lt: lastByteBefore } },
    select: { id: true },
  });
  let ended = 0;
  for (const { id } of silent) if (await stopRecording(services, id, { lastByteBefore })) ended += 1;
  return ended;
}

/**
 * Ends recordings whose tracks are all finished, and whose end was lost with the process that was to write it down.
 *
 * @param finishedBefore later ones may be just about to be ended, or begin another track
 */
export async function endComplete(
  services: Services,
  finishedBefore = new Date(Date.now() - END_DEADLINE_MS),
): Promise<number> {
  await services.folder.confirm();
  const waiting = await services.database.recording.findMany({
    where: {
      state: "recording",
      deletedAt: null,
      // An encoder that has gone may come back for a while.
      OR: [{ resumableUntil: null }, { resumableUntil: { lt: new Date() } }],
      tracks: { some: {}, none: { OR: [{ finishedAt: null }, { finishedAt: { gte: finishedBefore } }] } },
    },
    select: { id: true },
  });
  let ended = 0;
  for (const { id } of waiting) if ((await stopWhenComplete(services, id, { isOver: true })) !== false) ended += 1;
  return ended;
}

/** Carries on deletions that were interrupted. @param deadlineMs younger ones may be just under way */
export async function finishDeletions(
  services: Services,
  now = new Date(),
  deadlineMs = DELETION_DEADLINE_MS,
): Promise<number> {
  const begun = await services.database.recording.findMany({
    where: { deletedAt: { lte: new Date(now.getTime() - deadlineMs) } },
    select: { id: true, ownerId: true },
  });
  for (const { id, ownerId } of begun) await removeRecording(services, id, ownerId);
  return begun.length;
}
