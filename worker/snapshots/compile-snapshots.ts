/** Makes the finished file of a recording of snapshots: from the JPEGs on disk to a steady video and a thumbnail, checked. */
import fs from "node:fs/promises";
import { AppError } from "@/lib/domain/errors";
import { GAP_CAUSES } from "@/lib/domain/gap-causes";
import type { LedgerGap } from "@/lib/domain/gap-ledger";
import { MP4V_FILENAME, mp4Filename, THUMBNAIL_FILENAME, trackFilename } from "@/lib/domain/names";
import { parseProbe } from "@/lib/media/ffprobe-output";
import { outputSize, type PictureSize } from "@/lib/media/picture-size";
import { type SnapshotVideoPlan, snapshotProbeArgs, snapshotVideoArgs } from "@/lib/media/snapshot-args";
import { readSnapshotTrack, type StoredSnapshot } from "@/lib/media/snapshot-track";
import type { SnapshotRecording } from "@/lib/server/database/client";
import type { Claim, MadeOutput } from "@/lib/server/recordings/compilation";
import type { Services } from "@/lib/server/services";
import { frameCount } from "@/lib/server/snapshots/snapshot-recordings";
import { openFileSource } from "@/lib/server/storage/file-source";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { checkOutput } from "@/worker/compile/check-output";
import type { CompileContext } from "@/worker/compile/compile-context";
import type { Compiled } from "@/worker/compile/compile-recording";
import { makeThumbnail } from "@/worker/compile/make-thumbnail";
import { runWriting } from "@/worker/compile/write-output";
import { readJpegSize } from "@/worker/snapshots/read-jpeg-size";

/** How long the last snapshot is shown when nobody has said when the session ended, and there is no other to tell. */
const USUAL_STEP_MS = 200;
/** A source that sends nothing for longer than this many of its usual steps, and a second, is not just late. */
const GAP_STEPS = 5;
const MIN_GAP_MS = 1000;
/** A day and a night of them; more are not listed. */
const MAX_GAPS = 500;
/** A video of still pictures needs little; noise at 60 frames a second is bounded all the same. */
const PHASE_ENDS = { probing: 0.03, compiling: 0.85, checking: 0.97 };

/**
 * @throws {AppError} with words for the user when it cannot be made; whatever `context.signal` was aborted with
 */
export async function compileSnapshots(
  context: CompileContext,
  { database, folder }: Pick<Services, "database" | "folder">,
  { recording, settings }: Claim,
): Promise<Compiled> {
  const { progress, inputLimits, config } = context;
  progress.begin("probing", PHASE_ENDS.probing);
  const wanted = await database.snapshotRecording.findUnique({ where: { recordingId: recording.id } });
  if (wanted === null) throw nothingRecorded();
  const file = folder.file(recording.id, trackFilename("video", 1));
  const stored = await readStored(file);
  const [first] = stored;
  const last = stored.at(-1);
  if (first === undefined || last === undefined) throw nothingRecorded();

  const durationMs = Math.max(last.atMs + 1, wanted.endMs ?? last.atMs + usualStep(stored));
  if (durationMs > inputLimits.maxDurationSeconds * 1000) {
    const hours = config.COMPILE_MAX_DURATION_HOURS;
    throw new AppError("too_large", "recording_too_long", `The recording is longer than the ${hours} hours allowed.`);
  }
  const size = await sizeOfVideo(wanted, file, first, settings.longestSidePx);
  const rawBytes = last.offset + last.sizeBytes;
  const plan: SnapshotVideoPlan = {
    ...size,
    file,
    fps: wanted.fps,
    frames: frameCount(durationMs, wanted.fps),
    encode: { codec: "avc1", settings },
    title: recording.title,
    recordedAt: recording.createdAt,
  };
  const exactMs = (plan.frames * 1000) / plan.fps;
  const writing = { durationMs: exactMs, rawBytes, onShare: (share: number) => progress.update(share) };

  progress.begin("compiling", PHASE_ENDS.compiling);
  const mp4 = await runWriting(context, { ...writing, filename: "compiled.mp4" }, (limits, out) =>
    snapshotVideoArgs(plan, limits, out),
  );
  const made: MadeOutput[] = [];
  if (wanted.codec === "mp4v") {
    const mp4v = await runWriting(context, { ...writing, filename: MP4V_FILENAME }, (limits, out) =>
      snapshotVideoArgs({ ...plan, encode: { codec: "mp4v" } }, limits, out),
    );
    made.push(await describeVideo("mp4v", MP4V_FILENAME, mp4v, await checkFrames(context, mp4v, plan), plan));
  }
  progress.begin("checking", PHASE_ENDS.checking);
  await checkFrames(context, mp4, plan);
  const stepMs = 1000 / plan.fps;
  const checked = await checkOutput(context, mp4, {
    video: { durationMs: exactMs, frames: plan.frames, size, stepMs },
    audio: null,
  });
  progress.begin("finishing", 1);
  made.unshift(await describeVideo("mp4", mp4Filename(recording.id), mp4, checked.sizeBytes, plan));
  const thumbnail = await makeThumbnail(context, mp4, {
    size,
    durationMs: checked.durationMs,
    videoDelayMs: 0,
    videoMs: checked.durationMs,
  });
  if (thumbnail !== null) {
    made.push({
      kind: "thumbnail",
      workFile: thumbnail.file,
      filename: THUMBNAIL_FILENAME,
      contentType: "image/jpeg",
      sizeBytes: BigInt(thumbnail.sizeBytes),
      sha256: await sha256OfFile(thumbnail.file),
      durationMs: null,
      width: thumbnail.width,
      height: thumbnail.height,
      videoCodec: null,
      audioCodec: null,
    });
  }
  return { made, facts: { durationMs: checked.durationMs, ...size, gaps: gapsOf(stored, durationMs) } };
}

async function readStored(file: string): Promise<StoredSnapshot[]> {
  const source = await openFileSource(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw nothingRecorded();
    throw error;
  });
  try {
    const stored: StoredSnapshot[] = [];
    await readSnapshotTrack(source, (snapshot) => stored.push(snapshot));
    return stored;
  } finally {
    await source.close();
  }
}

async function sizeOfVideo(
  { width, height }: SnapshotRecording,
  file: string,
  first: StoredSnapshot,
  longestSidePx: number,
): Promise<PictureSize> {
  if (width !== null && height !== null) return { width, height };
  return outputSize(await readJpegSize(file, first), longestSidePx);
}

/** Median of the steps, milliseconds. */
function usualStep(stored: readonly StoredSnapshot[]): number {
  const steps = stored.slice(1).map(({ atMs }, index) => atMs - (stored[index] as StoredSnapshot).atMs);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? USUAL_STEP_MS;
}

/** Where a snapshot stands much longer than they usually do. */
function gapsOf(stored: readonly StoredSnapshot[], durationMs: number): LedgerGap[] {
  const stepMs = usualStep(stored);
  const longestMs = Math.max(MIN_GAP_MS, GAP_STEPS * stepMs);
  return stored
    .map(({ atMs }, index) => ({ fromMs: atMs + stepMs, toMs: stored[index + 1]?.atMs ?? durationMs, atMs }))
    .filter(({ atMs, toMs }) => toMs - atMs > longestMs)
    .slice(0, MAX_GAPS)
    .map(({ fromMs, toMs }) => ({ kind: "video", fromMs, toMs, code: "no_pictures", cause: GAP_CAUSES.no_pictures }));
}

/** @returns size in bytes @throws {AppError} internal when it has not exactly the frames that were asked for */
async function checkFrames({ ffmpeg, signal }: CompileContext, file: string, plan: SnapshotVideoPlan): Promise<number> {
  let json = "";
  await ffmpeg.ffprobe(snapshotProbeArgs(file), { signal, onLine: (line) => void (json += `${line}\n`) });
  const { video } = parseProbe(json);
  const lengthMs = (plan.frames * 1000) / plan.fps;
  if (video?.packets !== plan.frames || Math.abs((video.durationMs ?? 0) - lengthMs) > 1) {
    throw new AppError("internal", "check_failed", "The video did not pass its check and was discarded.", {
      detail: `${video?.packets} frames of ${plan.frames}, ${video?.durationMs} ms of ${lengthMs}`,
    });
  }
  return (await fs.stat(file)).size;
}

async function describeVideo(
  kind: "mp4" | "mp4v",
  filename: string,
  workFile: string,
  sizeBytes: number,
  { frames, fps, width, height }: SnapshotVideoPlan,
): Promise<MadeOutput> {
  return {
    ...{ kind, filename, workFile, width, height },
    contentType: "video/mp4",
    sizeBytes: BigInt(sizeBytes),
    sha256: await sha256OfFile(workFile),
    durationMs: Math.round((frames * 1000) / fps),
    videoCodec: kind === "mp4" ? "h264" : "mpeg4",
    audioCodec: null,
  };
}

function nothingRecorded(): AppError {
  return new AppError("unprocessable", "nothing_recorded", "Nothing was recorded: no snapshot arrived.");
}
