/**
 * Checks a file that was made while it was recorded, when there is time for it: everything is measured again from the raw
 * tracks, and the file decoded, as a file that is compiled afterwards is before it is published. The raw tracks stay until
 * then. What does not pass is compiled again.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { AppError } from "@/lib/domain/errors";
import { THUMBNAIL_FILENAME } from "@/lib/domain/names";
import { ffmpegOf, inputLimitsOf } from "@/lib/server/ffmpeg/run";
import { compileAgain, noteChecked } from "@/lib/server/recordings/following";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { compileSettingsOf } from "@/lib/server/users/accounts";
import { checkOutput } from "@/worker/compile/check-output";
import type { CompileContext } from "@/worker/compile/compile-context";
import { expectationOf } from "@/worker/compile/compile-recording";
import { findTakes } from "@/worker/compile/find-tracks";
import { makeThumbnail } from "@/worker/compile/make-thumbnail";
import { isLost, type MeasuredTake, measureTake } from "@/worker/compile/measure-take";
import { ProgressMeter } from "@/worker/compile/progress-meter";
import { checkStreamCopy, copiableStream } from "@/worker/compile/write-stream";

type Mp4 = RecordingWithParts["outputs"][number];

/** @returns whether there was something to check, and it is right; null: there was nothing */
export async function checkFollowed(
  services: Services,
  recordingId: string,
  signal: AbortSignal,
): Promise<boolean | null> {
  const { database, folder, config, log } = services;
  const row = await database.recording.findFirst({
    where: { id: recordingId, state: "ready", deletedAt: null },
    include: WITH_PARTS,
  });
  const mp4 = row?.outputs.find(({ kind, isUnchecked }) => kind === "mp4" && isUnchecked);
  if (row === null || mp4 === undefined) return null;
  const workFolder = await folder.makeWorkFolder(recordingId, "check");
  const context: CompileContext = {
    ...{ config, log, workFolder, signal, threads: 1 },
    ffmpeg: ffmpegOf(config, 1),
    inputLimits: inputLimitsOf(config),
    progress: new ProgressMeter(() => {}),
  };
  try {
    await noteChecked(services, mp4, await check(services, context, row, mp4));
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AppError) || error.outcome.retry) throw error;
    log.error({ recordingId, code: error.code, detail: error.detail }, "a followed recording is not right");
    await compileAgain(services, mp4, "check_failed");
    return false;
  } finally {
    await fs.rm(workFolder, { recursive: true, force: true });
    await fs.rmdir(path.dirname(workFolder)).catch(() => {});
  }
}

/** What was published is in the file packet by packet, which says more than decoding it. */
async function checkStream(context: CompileContext, file: string, measured: MeasuredTake) {
  const takes = [{ ...measured, fromMs: 0, heldMs: 0, missingMs: 0 }];
  const stream = copiableStream(takes);
  if (stream !== null) return checkStreamCopy(context, file, stream, takes);
  throw new AppError("internal", "check_failed", "The compiled file did not pass its check and was discarded.", {
    detail: "what was published cannot be copied",
  });
}

/** @returns a thumbnail where there is none yet. @throws {AppError} with what is wrong */
async function check(
  { folder }: Services,
  context: CompileContext,
  row: RecordingWithParts,
  mp4: Mp4,
): Promise<Omit<Mp4, "recordingId" | "createdAt">[]> {
  const settings = compileSettingsOf(row.compileSettings ?? row.owner.compileSettings, context.config);
  const [take, ...others] = await findTakes(row, folder);
  const about = { title: row.title, recordedAt: row.createdAt };
  const measured = take === undefined || others.length > 0 ? null : await measureTake(context, take, settings, about);
  if (measured === null || isLost(measured))
    throw new AppError("internal", "check_failed", "The tracks cannot be read.");
  const { sources, plan } = measured;
  const file = folder.file(row.id, mp4.filename);
  const { durationMs } =
    row.source === "rtmp"
      ? await checkStream(context, file, measured)
      : await checkOutput(context, file, expectationOf(plan, sources));
  if (row.outputs.some(({ kind }) => kind === "thumbnail")) return [];
  const { videoDelayMs, videoMs } = sources;
  const size = plan.video?.size ?? null;
  const made = await makeThumbnail(context, file, { size, durationMs, videoDelayMs, videoMs });
  if (made === null) return [];
  const sha256 = await sha256OfFile(made.file);
  await folder.publish(made.file, row.id, THUMBNAIL_FILENAME);
  const { sizeBytes, width, height } = made;
  return [
    {
      ...{ kind: "thumbnail", filename: THUMBNAIL_FILENAME, contentType: "image/jpeg", sizeBytes: BigInt(sizeBytes) },
      ...{ sha256, durationMs: null, width, height, videoCodec: null, audioCodec: null, isUnchecked: false },
    },
  ];
}
