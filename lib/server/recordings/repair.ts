/**
 * What a server puts right before it listens, after a process or machine that ended in the middle: it looks at live
 * recordings and at what was begun, never at the whole library. Doing it twice changes nothing.
 */
import fs from "node:fs/promises";
import { clockFilename, trackFilename } from "@/lib/domain/names";
import { TRACK_KINDS } from "@/lib/domain/recording-state";
import type { Prisma } from "@/lib/server/database/client";
import { removeLeftWork } from "@/lib/server/recordings/left-work";
import { beginTrack } from "@/lib/server/recordings/lifecycle";
import { endComplete, finishDeletions } from "@/lib/server/recordings/upkeep";
import type { Services } from "@/lib/server/services";
import { cutTornClock } from "@/lib/server/storage/clock-log";

type LiveRecording = Prisma.RecordingGetPayload<{ include: { tracks: true; takes: true } }>;

/** What was put right. */
export interface RepairReport {
  /** Tracks of live recordings whose rows said another size than the disk, or that had no row. */
  tracks: number;
  /** Clock files with a torn end. */
  clocks: number;
  workFolders: number;
  /** Recordings that had all their tracks and were not ended. */
  ended: number;
  deletions: number;
}

export async function repairRecordings(services: Services): Promise<RepairReport> {
  const { database, log } = services;
  const startedAtMs = performance.now();
  const report: RepairReport = { tracks: 0, clocks: 0, workFolders: 0, ended: 0, deletions: 0 };
  report.deletions = await finishDeletions(services, new Date(), 0);
  const live = await database.recording.findMany({
    where: { state: "recording", deletedAt: null },
    include: { tracks: true, takes: true },
  });
  for (const recording of live) await repairLive(services, recording, report);
  report.ended = await endComplete(services, new Date());
  report.workFolders = await removeLeftWork(services);
  log.info({ ...report, live: live.length, ms: Math.round(performance.now() - startedAtMs) }, "recordings looked over");
  return report;
}

async function repairLive({ database, folder, log }: Services, recording: LiveRecording, report: RepairReport) {
  const { id: recordingId } = recording;
  for (const { number: takeNumber } of recording.takes) {
    for (const kind of TRACK_KINDS) {
      const row = recording.tracks.find((track) => track.takeNumber === takeNumber && track.kind === kind);
      const filename = row?.filename ?? trackFilename(kind, takeNumber);
      const facts = { recordingId, filename };
      const sizeBytes = await syncedSize(folder.file(recordingId, filename));
      if (sizeBytes === null) {
        if (row !== undefined) log.error(facts, "a track has a row and no file");
        continue;
      }
      if (row === undefined) {
        // File before row: nothing was acknowledged before the row was there.
        if (sizeBytes === 0) continue;
        await beginTrack({ database }, recordingId, takeNumber, kind);
      }
      const notedBytes = Number(row?.sizeBytes ?? 0);
      if (sizeBytes < notedBytes) log.error({ ...facts, sizeBytes, notedBytes }, "a track has lost bytes");
      else if (sizeBytes > notedBytes && row?.finishedAt != null) {
        log.error({ ...facts, sizeBytes, notedBytes }, "a finished track has grown");
      } else if (sizeBytes > notedBytes) {
        await database.track.updateMany({
          where: { recordingId, takeNumber, kind, finishedAt: null },
          data: { sizeBytes: BigInt(sizeBytes) },
        });
        report.tracks += 1;
        log.info({ ...facts, sizeBytes, notedBytes }, "size of a track noted");
      }
      const cutBytes = await cutTornClock(folder.file(recordingId, clockFilename(filename)));
      if (cutBytes > 0) {
        report.clocks += 1;
        log.warn({ ...facts, cutBytes }, "torn end of a clock file cut off");
      }
    }
  }
}

/** Size of a file after what it holds was made durable, in bytes; null when there is none. */
async function syncedSize(file: string): Promise<number | null> {
  const handle = await fs.open(file, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    await handle.datasync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
