/** The worker's side of a recording: claiming a compilation, publishing what it made, or writing down why it failed. */
import { randomUUID } from "node:crypto";
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import { type LedgerGap, takeGapId } from "@/lib/domain/gap-ledger";
import type { CompileJob } from "@/lib/protocol/jobs";
import type { CompileProgress } from "@/lib/protocol/recordings";
import { type Interruption, isMissingRow, type Output } from "@/lib/server/database/client";
import { noteSizes } from "@/lib/server/recordings/lifecycle";
import { tryWriteManifest, writeManifest } from "@/lib/server/recordings/manifest";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { compileSettingsOf } from "@/lib/server/users/accounts";

export interface Claim {
  recording: RecordingWithParts;
  /** What the source says it missed. */
  interruptions: Interruption[];
  settings: CompileSettings;
  /** From 1. */
  attempt: number;
}

/**
 * Takes a compilation on: `stopped` or a `compiling` whose worker was lost becomes `compiling`, one attempt more.
 *
 * @returns null when there is nothing to do: deleted, done, or asked for anew under another job
 */
export async function claimCompilation(services: Services, job: CompileJob): Promise<Claim | null> {
  const { database, changes, config } = services;
  const { count } = await database.recording.updateMany({
    where: {
      id: job.recordingId,
      deletedAt: null,
      state: { in: ["stopped", "compiling"] },
      compileRequestedAt: new Date(job.requestedAtMs),
    },
    data: { state: "compiling", compileStartedAt: new Date(), compileAttempts: { increment: 1 } },
  });
  if (count === 0) return null;
  const recording = await database.recording.findUniqueOrThrow({ where: { id: job.recordingId }, include: WITH_PARTS });
  changes.publish({ kind: "changed", recordingId: recording.id, ownerId: recording.ownerId });
  return {
    recording,
    interruptions: await database.interruption.findMany({ where: { recordingId: recording.id } }),
    settings: compileSettingsOf(recording.compileSettings ?? recording.owner.compileSettings, config),
    attempt: recording.compileAttempts,
  };
}

/** A finished file, still in the work folder. */
export interface MadeOutput extends Omit<Output, "recordingId" | "createdAt" | "isUnchecked"> {
  /** It is still to be checked; left out: it has been. */
  isUnchecked?: boolean;
  /** Absolute path of the file to be moved to `filename`. */
  workFile: string;
}

/** What became known of the recording as a whole. */
export interface CompiledFacts {
  durationMs: number;
  width: number | null;
  height: number | null;
  gaps: LedgerGap[];
}

/**
 * Makes the outputs the recording's own: files first, with the manifest, then the rows, all rows at once.
 *
 * @throws {AppError} conflict when the recording was deleted meanwhile, or another job has taken it
 */
export async function publishCompilation(
  services: Services,
  { recording, attempt }: Claim,
  made: MadeOutput[],
  facts: CompiledFacts,
): Promise<void> {
  const { database, folder, changes, log } = services;
  const gone = new AppError("conflict", "compilation_overtaken", "The recording was deleted or compiled elsewhere.");
  const isOurs = { id: recording.id, state: "compiling", deletedAt: null, compileAttempts: attempt };
  if ((await database.recording.count({ where: isOurs })) === 0) throw gone;
  const outputs = made.map(({ workFile: _, ...output }) => output);
  const gaps = facts.gaps.map(({ take, kind, fromMs, toMs, code, cause }) => ({
    id: take === undefined ? randomUUID() : takeGapId(recording.id, take),
    ...{ kind, fromMs, toMs, code, cause },
  }));
  const publishing = made.map(({ workFile, filename }) => folder.publish(workFile, recording.id, filename));
  await Promise.all(publishing).finally(() => Promise.allSettled(publishing));
  await writeManifest(services, recording.id, { outputs, gaps });
  try {
    // One update with nested writes is one transaction, and finds no row when the recording is no longer ours.
    await database.recording.update({
      where: isOurs,
      data: {
        state: "ready",
        readyAt: new Date(),
        durationMs: facts.durationMs,
        width: facts.width,
        height: facts.height,
        failureCode: null,
        failureMessage: null,
        outputs: { deleteMany: {}, create: outputs },
        gaps: { deleteMany: {}, create: gaps },
        // Their files were made of the MP4 before.
        extras: { updateMany: { where: {}, data: { state: "waiting", attempts: 0, failureMessage: null } } },
      },
    });
  } catch (error) {
    throw isMissingRow(error) ? gone : error;
  }
  await noteSizes(services, recording.id);
  log.info({ recordingId: recording.id, durationMs: facts.durationMs }, "recording ready");
  changes.publish({ kind: "changed", recordingId: recording.id, ownerId: recording.ownerId });
}

/**
 * Writes a failure down. One that may go away by itself puts the recording back to `stopped`, to be tried again, until
 * the attempts are used up.
 *
 * @returns whether it is to be tried again
 */
export async function failCompilation(
  services: Services,
  { recording, attempt }: Claim,
  error: AppError,
): Promise<boolean> {
  const { database, changes, log, config } = services;
  const again = error.outcome.retry && attempt < config.COMPILE_MAX_ATTEMPTS;
  if (!again) await tryWriteManifest(services, recording.id);
  await database.recording.updateMany({
    where: { id: recording.id, state: "compiling", deletedAt: null, compileAttempts: attempt },
    data: again ? { state: "stopped" } : { state: "failed", failureCode: error.code, failureMessage: error.message },
  });
  log.warn(
    { recordingId: recording.id, code: error.code, detail: error.detail, attempt, again, error: error.cause },
    "compilation failed",
  );
  changes.publish({ kind: "changed", recordingId: recording.id, ownerId: recording.ownerId });
  return again;
}

/** Puts a compilation back that was given up through no fault of the recording: the attempt does not count. */
export async function releaseCompilation(services: Services, { recording, attempt }: Claim): Promise<void> {
  await services.database.recording.updateMany({
    where: { id: recording.id, state: "compiling", deletedAt: null, compileAttempts: attempt },
    data: { state: "stopped", compileAttempts: { decrement: 1 } },
  });
  services.changes.publish({ kind: "changed", recordingId: recording.id, ownerId: recording.ownerId });
}

/** Tells everybody how far a compilation is. */
export function reportProgress({ changes }: Services, { recording }: Claim, progress: CompileProgress): void {
  changes.publish({ kind: "progress", recordingId: recording.id, ownerId: recording.ownerId, progress });
}
