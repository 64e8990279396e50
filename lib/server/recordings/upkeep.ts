/**
 * What keeps recordings moving after crashes, and removes what retention allows. Everything here may run in several
 * processes at once and be interrupted anywhere.
 */
import { clockFilename } from "@/lib/domain/names";
import type { RecordingState } from "@/lib/domain/recording-state";
import { whenDue, whenRawTracksDue } from "@/lib/domain/retention";
import { enqueue, noteSizes, removeRecording, stopRecording } from "@/lib/server/recordings/lifecycle";
import { tryWriteManifest, writeMissingManifests } from "@/lib/server/recordings/manifest";
import type { Services } from "@/lib/server/services";

/** A deletion that is older than this was interrupted. */
const DELETION_DEADLINE_MS = 60_000;

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
  const lastByteBefore = new Date(now.getTime() - services.config.INTERRUPTED_TIMEOUT_MINUTES * 60_000);
  const silent = await services.database.recording.findMany({
    where: { state: "recording", deletedAt: null, lastByteAt: { lt: lastByteBefore } },
    select: { id: true },
  });
  let ended = 0;
  for (const { id } of silent) if (await stopRecording(services, id, { lastByteBefore })) ended += 1;
  return ended;
}

/** Carries on deletions that were interrupted. */
export async function finishDeletions(services: Services, now = new Date()): Promise<number> {
  const begun = await services.database.recording.findMany({
    where: { deletedAt: { lt: new Date(now.getTime() - DELETION_DEADLINE_MS) } },
    select: { id: true, ownerId: true },
  });
  for (const { id, ownerId } of begun) await removeRecording(services, id, ownerId);
  return begun.length;
}

/** What one clean-up removed. */
export interface CleanupReport {
  recordings: number;
  rawTracks: number;
}

/** Removes what retention allows: whole recordings, and the raw tracks of finished ones. */
export async function cleanUp(services: Services, now = new Date()): Promise<CleanupReport> {
  const { database, folder, config, log } = services;
  const defaults = { rawHours: config.RAW_RETENTION_HOURS, readyHours: config.READY_RETENTION_HOURS };
  const report: CleanupReport = { recordings: 0, rawTracks: 0 };
  const candidates = await database.recording.findMany({
    where: { state: { in: ["stopped", "failed", "ready"] }, deletedAt: null },
    include: { owner: true, tracks: { where: { removedAt: null } }, outputs: true },
  });
  for (const recording of candidates) {
    const facts = {
      ...recording,
      state: recording.state as RecordingState,
      ownerRetentionHours: recording.owner.retentionHours,
    };
    const due = whenDue(facts, defaults);
    if (due !== null && due <= now) {
      // Looks again while marking: a recording that has just been pinned or compiled anew stays.
      const { count } = await database.recording.updateMany({
        where: { id: recording.id, state: recording.state, pinned: false, deletedAt: null },
        data: { deletedAt: now },
      });
      if (count === 0) continue;
      await removeRecording(services, recording.id, recording.ownerId);
      report.recordings += 1;
      continue;
    }
    const rawDue = whenRawTracksDue(facts, defaults.rawHours);
    if (rawDue === null || rawDue > now || recording.tracks.length === 0) continue;
    const mp4 = recording.outputs.find(({ kind }) => kind === "mp4");
    const mp4Size = mp4 === undefined ? null : await folder.size(recording.id, mp4.filename);
    // The raw tracks are all there is when the file is not what its row says.
    if (mp4 === undefined || mp4Size === null || BigInt(mp4Size) !== mp4.sizeBytes) {
      log.error({ recordingId: recording.id, mp4Size }, "raw tracks kept: the finished file is not as its row says");
      continue;
    }
    for (const track of recording.tracks) {
      await database.track.update({
        where: {
          recordingId_takeNumber_kind: {
            recordingId: recording.id,
            takeNumber: track.takeNumber,
            kind: track.kind,
          },
        },
        data: { removedAt: now },
      });
    }
    await tryWriteManifest(services, recording.id);
    for (const track of recording.tracks) {
      await folder.removeFile(recording.id, track.filename);
      await folder.removeFile(recording.id, clockFilename(track.filename));
      report.rawTracks += 1;
    }
    await noteSizes(services, recording.id);
  }
  await writeMissingManifests(services);
  if (report.recordings + report.rawTracks > 0) log.info(report, "cleaned up");
  return report;
}
