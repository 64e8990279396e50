/**
 * The extras of recordings: what is to be made beside the MP4, asking for it, and writing down what became of it. A row
 * says what is wanted; it stays, and when the recording is compiled anew, so is the extra.
 */

import { AppError } from "@/lib/domain/errors";
import { type ExtraKind, isOutputOf } from "@/lib/domain/extras";
import { EXTRA_FILENAMES } from "@/lib/domain/names";
import { renditionsOf } from "@/lib/media/adaptive";
import type { ExtraJob } from "@/lib/protocol/jobs";
import type { Principal } from "@/lib/server/auth/authenticate";
import { isMissingRow, isUniqueViolation, type Output } from "@/lib/server/database/client";
import type { MadeOutput } from "@/lib/server/recordings/compilation";
import { findOwned } from "@/lib/server/recordings/find";
import { noteSizes } from "@/lib/server/recordings/lifecycle";
import { tryWriteManifest } from "@/lib/server/recordings/manifest";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";

/** Extras looked for in one go; the rest is found when these are made. */
const BATCH = 200;
/** Times that an extra is tried for one compilation. */
const MAX_ATTEMPTS = 3;

/** Asks for the previews of finished recordings that nobody has asked for yet. @returns how many */
export async function wantPreviews({ database }: Services, recordingId?: string): Promise<number> {
  const without = await database.recording.findMany({
    where: {
      ...(recordingId === undefined ? {} : { id: recordingId }),
      ...{ state: "ready", deletedAt: null, extras: { none: { kind: "preview" } } },
      outputs: { some: { kind: "mp4" } },
    },
    select: { id: true },
    take: BATCH,
  });
  for (const { id } of without) {
    await database.extra
      .create({ data: { recordingId: id, kind: "preview", requestedAt: new Date(), state: "waiting" } })
      .catch((error) => {
        // Another worker was first, or the recording has gone.
        if (!isUniqueViolation(error) && !isMissingRow(error)) throw error;
      });
  }
  return without.length;
}

/**
 * What is to be made now.
 *
 * @param recordingId left out: of all recordings, the first {@link BATCH}
 */
export async function dueExtras({ database }: Services, recordingId?: string): Promise<ExtraJob[]> {
  const isReady = {
    ...(recordingId === undefined ? {} : { id: recordingId }),
    ...{ state: "ready", deletedAt: null, readyAt: { not: null } },
  };
  const select = { recordingId: true, kind: true, recording: { select: { readyAt: true } } } as const;
  const waiting = await database.extra.findMany({
    where: { state: "waiting", recording: isReady },
    ...{ select, orderBy: { requestedAt: "asc" }, take: BATCH },
  });
  return waiting.flatMap(({ recordingId: id, kind, recording: { readyAt } }) =>
    readyAt === null ? [] : [{ recordingId: id, kind: kind as ExtraKind, readyAtMs: readyAt.getTime() }],
  );
}

/** An extra that a job makes now. */
export interface ExtraClaim {
  recording: RecordingWithParts;
  kind: ExtraKind;
  /** The MP4 it is made of. */
  mp4: Output;
  readyAt: Date;
}

/**
 * Takes an extra on, and counts the attempt.
 *
 * @returns null when there is nothing to do: made, deleted, compiled anew, or given up
 */
export async function claimExtra(services: Services, { recordingId, kind, readyAtMs }: ExtraJob) {
  const { database } = services;
  const readyAt = new Date(readyAtMs);
  const where = { recordingId, kind, state: "waiting", recording: { state: "ready", deletedAt: null, readyAt } };
  const { count } = await database.extra.updateMany({ where, data: { attempts: { increment: 1 } } });
  if (count === 0) return null;
  const recording = await database.recording.findFirst({
    where: { id: recordingId, readyAt, deletedAt: null },
    include: WITH_PARTS,
  });
  const extra = recording?.extras.find((each) => each.kind === kind);
  const mp4 = recording?.outputs.find((output) => output.kind === "mp4");
  if (recording == null || extra === undefined || mp4 === undefined) return null;
  if (extra.attempts > MAX_ATTEMPTS) {
    await giveUp(services, recordingId, kind, "Making it was interrupted again and again, and was given up.");
    return null;
  }
  return { recording, kind, mp4, readyAt } satisfies ExtraClaim;
}

/**
 * Makes what a job made the recording's own: files first, then the rows, all at once.
 *
 * @throws {AppError} conflict when the recording was deleted or is compiled anew
 */
export async function publishExtra(services: Services, claim: ExtraClaim, made: MadeOutput[]): Promise<void> {
  const { database, folder, changes, log } = services;
  const { recording, kind, readyAt } = claim;
  const isOurs = { id: recording.id, state: "ready", deletedAt: null, readyAt };
  const gone = new AppError("conflict", "extra_overtaken", "The recording was deleted or is compiled anew.");
  if ((await database.recording.count({ where: isOurs })) === 0) throw gone;
  // Rows of an earlier making go before their files are replaced.
  const before = recording.outputs.filter((output) => isOutputOf(kind, output.kind));
  const kinds = before.map((output) => output.kind);
  await database.output.deleteMany({ where: { recordingId: recording.id, kind: { in: kinds } } });
  for (const { workFile, filename } of made) await folder.publish(workFile, recording.id, filename);
  const outputs = made.map(({ workFile: _, ...output }) => output);
  try {
    await database.recording.update({
      where: isOurs,
      data: {
        outputs: { deleteMany: { kind: { in: outputs.map((output) => output.kind) } }, create: outputs },
        extras: { updateMany: { where: { kind }, data: { state: "made", failureMessage: null } } },
      },
    });
  } catch (error) {
    throw isMissingRow(error) ? gone : error;
  }
  await removeOthers(services, recording.id, kind, made);
  await noteSizes(services, recording.id);
  await tryWriteManifest(services, recording.id);
  log.info({ recordingId: recording.id, extra: kind }, "extra made");
  changes.publish({ kind: "changed", recordingId: recording.id, ownerId: recording.ownerId });
}

/** Writes a failure down; one that may go away by itself is tried again until the attempts are used up. */
export async function failExtra(services: Services, { recording, kind }: ExtraClaim, error: AppError): Promise<void> {
  const attempts = (recording.extras.find((extra) => extra.kind === kind)?.attempts ?? 0) as number;
  const again = error.outcome.retry && attempts < MAX_ATTEMPTS;
  services.log.warn(
    { recordingId: recording.id, extra: kind, code: error.code, detail: error.detail, again, error: error.cause },
    "extra could not be made",
  );
  if (again) return;
  await giveUp(services, recording.id, kind, error.message);
  services.changes.publish({ kind: "changed", recordingId: recording.id, ownerId: recording.ownerId });
}

/** Puts an extra back that was given up through no fault of its own. */
export async function releaseExtra({ database }: Services, { recording, kind }: ExtraClaim): Promise<void> {
  await database.extra.updateMany({
    where: { recordingId: recording.id, kind, state: "waiting", attempts: { gt: 0 } },
    data: { attempts: { decrement: 1 } },
  });
}

async function giveUp(services: Services, recordingId: string, kind: ExtraKind, failureMessage: string) {
  const { count } = await services.database.extra.updateMany({
    where: { recordingId, kind, state: "waiting" },
    data: { state: "failed", failureMessage },
  });
  if (count > 0) await removeOthers(services, recordingId, kind, []);
}

/** Removes files of an extra that were made of the MP4 before, and were not made again: their rows went with it. */
async function removeOthers(
  { folder }: Services,
  recordingId: string,
  kind: ExtraKind,
  made: readonly Pick<MadeOutput, "filename">[],
): Promise<void> {
  for (const [output, filename] of Object.entries(EXTRA_FILENAMES)) {
    if (!isOutputOf(kind, output) || made.some((each) => each.filename === filename)) continue;
    if ((await folder.size(recordingId, filename)) !== null) await folder.removeFile(recordingId, filename);
  }
}

/**
 * Asks for an extra. Asking again while it is waiting or made changes nothing; asking after a failure makes it anew.
 *
 * @throws {AppError} not_found; conflict while the recording is not ready, or when it has nothing to make it of
 */
export async function requestExtra(
  services: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
  kind: ExtraKind,
): Promise<void> {
  const { database, changes } = services;
  const recording = await findOwned(services, principal, recordingId);
  const mp4 = recording.outputs.find((output) => output.kind === "mp4");
  if (recording.state !== "ready" || mp4 === undefined) {
    throw new AppError("conflict", "not_ready", "The recording is not ready yet.", {
      facts: { state: recording.state },
    });
  }
  if (kind === "sound" && mp4.audioCodec === null) {
    throw new AppError("conflict", "no_sound", "The recording has no sound.");
  }
  if (kind === "adaptive" && renditionsOf({ width: mp4.width ?? 0, height: mp4.height ?? 0 }).length < 2) {
    throw new AppError(
      "conflict",
      "too_small",
      "The recording has no picture, or one too small for several resolutions.",
    );
  }
  const existing = recording.extras.find((extra) => extra.kind === kind);
  if (existing !== undefined && existing.state !== "failed") return;
  const data = { requestedAt: new Date(), state: "waiting", attempts: 0, failureMessage: null };
  await database.extra.upsert({
    where: { recordingId_kind: { recordingId, kind } },
    create: { recordingId, kind, ...data },
    update: data,
  });
  changes.publish({ kind: "changed", recordingId, ownerId: recording.ownerId });
}
