/**
 * Removes what retention allows. What is to go is marked in the database first, then unlinked, then its row goes: a
 * crash anywhere is carried on by the next run. A run that would touch too much removes nothing and gives alarm.
 */
import { AppError } from "@/lib/domain/errors";
import { clockFilename } from "@/lib/domain/names";
import type { RecordingState } from "@/lib/domain/recording-state";
import { whenDue, whenRawTracksDue } from "@/lib/domain/retention";
import type { Prisma } from "@/lib/server/database/client";
import { removeLeftWork } from "@/lib/server/recordings/left-work";
import { noteSizes, removeRecording } from "@/lib/server/recordings/lifecycle";
import { tryWriteManifest, writeMissingManifests } from "@/lib/server/recordings/manifest";
import type { SteadyClock } from "@/lib/server/recordings/steady-clock";
import type { Services } from "@/lib/server/services";

/** After a leap of the clock, for it to be put right. */
const STEADY_MS = 3_600_000;
/** When nothing happened for longer before a start, the clock may have leapt while nobody was looking. */
const QUIET_MS = 24 * 3_600_000;
/** Recordings read at a time. */
const PAGE = 500;

const WITH_FILES = { owner: true, tracks: true, outputs: true } as const satisfies Prisma.RecordingInclude;
type Candidate = Prisma.RecordingGetPayload<{ include: typeof WITH_FILES }>;

/** What one clean-up removed. */
export interface CleanupReport {
  recordings: number;
  rawTracks: number;
}

/**
 * Why nothing may be removed now, in words for the log; null when it may. The clock must have been steady for an hour,
 * or since the start when something was written within the day before.
 */
export async function whyNotToCleanUp({ database }: Services, clock: SteadyClock): Promise<string | null> {
  if (clock.steadyForMs >= STEADY_MS) return null;
  if (clock.hasLeapt) return "the clock of this machine has leapt";
  const { _max } = await database.recording.aggregate({ _max: { createdAt: true, lastByteAt: true, readyAt: true } });
  const newestMs = Math.max(...[_max.createdAt, _max.lastByteAt, _max.readyAt].map((at) => at?.getTime() ?? 0));
  if (newestMs === 0 || Math.abs(Date.now() - newestMs) < QUIET_MS) return null;
  return "the newest recording is not of today, and the clock has not been seen to be steady for long";
}

/**
 * Removes whole recordings, and the raw tracks of finished ones, as retention allows.
 *
 * @throws {AppError} conflict `cleanup_stopped` when it would touch more recordings than the larger of
 *   CLEANUP_MAX_RECORDINGS and half of all; nothing is removed then
 */
export async function cleanUp(services: Services, now = new Date()): Promise<CleanupReport> {
  const { folder, log } = services;
  await folder.confirm();
  const { due, begun, all } = await plan(services, now);
  await expectBound(services, due.length, all);
  const report: CleanupReport = { recordings: 0, rawTracks: 0 };
  for (const id of begun) report.rawTracks += await unlinkRawTracks(services, id);
  for (const id of due) {
    // Looks again: a recording that was pinned, played on or compiled anew since stays.
    const recording = await services.database.recording.findFirst({
      where: { id, deletedAt: null },
      include: WITH_FILES,
    });
    const what = recording === null ? null : whatIsDue(services, recording, now);
    if (recording === null || what === null) continue;
    if (what === "recording") report.recordings += await removeDue(services, recording, now);
    else report.rawTracks += await removeRawTracks(services, recording, now);
  }
  await writeMissingManifests(services);
  await removeLeftWork(services);
  if (report.recordings + report.rawTracks > 0) log.info(report, "cleaned up");
  return report;
}

/** What is due, what an earlier run began and did not end, and how many recordings there are. */
async function plan(services: Services, now: Date): Promise<{ due: string[]; begun: string[]; all: number }> {
  const due: string[] = [];
  const begun: string[] = [];
  let all = 0;
  let cursor: string | undefined;
  do {
    const page: Candidate[] = await services.database.recording.findMany({
      where: { deletedAt: null },
      include: WITH_FILES,
      orderBy: { id: "asc" },
      take: PAGE,
      ...(cursor === undefined ? {} : { cursor: { id: cursor }, skip: 1 }),
    });
    for (const recording of page) {
      if (whatIsDue(services, recording, now) !== null) due.push(recording.id);
      else if (isHalfRemoved(recording)) begun.push(recording.id);
    }
    all += page.length;
    cursor = page.length === PAGE ? page.at(-1)?.id : undefined;
  } while (cursor !== undefined);
  return { due, begun, all };
}

function whatIsDue(
  { config }: Pick<Services, "config">,
  recording: Candidate,
  now: Date,
): "recording" | "raw tracks" | null {
  const defaults = { rawHours: config.RAW_RETENTION_HOURS, readyHours: config.READY_RETENTION_HOURS };
  const facts = {
    ...recording,
    state: recording.state as RecordingState,
    ownerRetentionHours: recording.owner.retentionHours,
  };
  const whole = whenDue(facts, defaults);
  if (whole !== null && whole <= now) return "recording";
  const raw = whenRawTracksDue(facts, defaults.rawHours);
  if (raw === null || raw > now || isUnchecked(recording)) return null;
  return recording.tracks.some(({ removedAt }) => removedAt === null) ? "raw tracks" : null;
}

/** Whether the finished file has still to be decoded: until then its raw tracks are what is sure. */
function isUnchecked({ outputs }: Candidate): boolean {
  return outputs.some(({ kind, isUnchecked }) => kind === "mp4" && isUnchecked);
}

/** Whether tracks are marked as removed and their bytes are still counted: a run ended between the two. */
function isHalfRemoved({ tracks, outputs, sizeBytes }: Candidate): boolean {
  if (tracks.every(({ removedAt }) => removedAt === null)) return false;
  const kept = [...outputs, ...tracks.filter(({ removedAt }) => removedAt === null)];
  return sizeBytes > kept.reduce((sum, file) => sum + file.sizeBytes, 0n);
}

/** Gives alarm when a run would touch too much, and ends the alarm when it would not. @throws {AppError} conflict */
async function expectBound({ folder, config, log }: Services, recordings: number, all: number): Promise<void> {
  const most = Math.max(config.CLEANUP_MAX_RECORDINGS, Math.floor(all / 2));
  if (recordings <= most) {
    await folder.setCleanupAlarm(null);
    return;
  }
  log.error({ recordings, all, most }, "clean-up stopped: it would remove too much at once; nothing was removed");
  await folder.setCleanupAlarm({ at: new Date().toISOString(), recordings, ofAll: all });
  throw new AppError("conflict", "cleanup_stopped", `The clean-up would touch ${recordings} of ${all} recordings.`);
}

async function removeDue(services: Services, recording: Candidate, now: Date): Promise<number> {
  const { id, ownerId, state, retentionHours, readyAt, stoppedAt } = recording;
  // The mark holds only if nothing that makes it due has changed since it was read.
  const { count } = await services.database.recording.updateMany({
    where: { id, state, retentionHours, readyAt, stoppedAt, pinned: false, deletedAt: null },
    data: { deletedAt: now },
  });
  if (count > 0) await removeRecording(services, id, ownerId);
  return count;
}

async function removeRawTracks(services: Services, recording: Candidate, now: Date): Promise<number> {
  const { id, readyAt } = recording;
  if (!(await isFinishedFileWhole(services, recording))) return 0;
  const { count } = await services.database.track.updateMany({
    where: { recordingId: id, removedAt: null, recording: { state: "ready", readyAt, deletedAt: null } },
    data: { removedAt: now },
  });
  return count === 0 ? 0 : unlinkRawTracks(services, id);
}

/** Unlinks the tracks that are marked as removed. @returns how many had a mark */
async function unlinkRawTracks(services: Services, id: string): Promise<number> {
  const { database, folder } = services;
  const recording = await database.recording.findFirst({ where: { id, deletedAt: null }, include: WITH_FILES });
  if (recording === null || !(await isFinishedFileWhole(services, recording))) return 0;
  const marked = recording.tracks.filter(({ removedAt }) => removedAt !== null);
  // While the tracks can still be read.
  await tryWriteManifest(services, id);
  for (const { filename } of marked) {
    await folder.removeFile(id, filename);
    await folder.removeFile(id, clockFilename(filename));
  }
  await noteSizes(services, id);
  return marked.length;
}

/** The raw tracks are all there is when the finished file is not what its row says. */
async function isFinishedFileWhole({ folder, log }: Services, { id, outputs }: Candidate): Promise<boolean> {
  const mp4 = outputs.find(({ kind, isUnchecked }) => kind === "mp4" && !isUnchecked);
  const mp4Size = mp4 === undefined ? null : await folder.size(id, mp4.filename);
  if (mp4 !== undefined && mp4Size !== null && BigInt(mp4Size) === mp4.sizeBytes) return true;
  log.error({ recordingId: id, mp4Size }, "raw tracks kept: the finished file is not as its row says");
  return false;
}
