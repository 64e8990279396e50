/** Makes the finished file of one recording: from the tracks on disk to an MP4 and a thumbnail, checked, in the work folder. */

import { AppError } from "@/lib/domain/errors";
import { clockFilename, mp4Filename, THUMBNAIL_FILENAME } from "@/lib/domain/names";
import type { CompilePlan } from "@/lib/media/compile-args";
import type { Claim, CompiledFacts, MadeOutput } from "@/lib/server/recordings/compilation";
import { type RecordingsFolder, sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { type CheckedOutput, checkOutput, type Expectation } from "@/worker/compile/check-output";
import { type ChosenSources, chooseSources } from "@/worker/compile/choose-sources";
import type { CompileContext } from "@/worker/compile/compile-context";
import { type FoundTracks, findTracks, TRACK_WORDS } from "@/worker/compile/find-tracks";
import { makeThumbnail } from "@/worker/compile/make-thumbnail";
import { type MeasuredTrack, measureTrack } from "@/worker/compile/measure-track";
import { encodeInstead, planCompilation } from "@/worker/compile/plan-compilation";
import { readClock, type TrackClock } from "@/worker/compile/read-clock";
import { writeOutput } from "@/worker/compile/write-output";

export interface Compiled {
  made: MadeOutput[];
  facts: CompiledFacts;
}

/** Where each phase ends on the way from 0 to 1, by how long they take; copying is quick next to checking. */
const PHASE_ENDS = {
  copying: { probing: 0.08, compiling: 0.6, checking: 0.92 },
  encoding: { probing: 0.03, compiling: 0.88, checking: 0.97 },
};

/**
 * @throws {AppError} with words for the user when it cannot be made; whatever `context.signal` was aborted with
 */
export async function compileRecording(
  context: CompileContext,
  folder: RecordingsFolder,
  { recording, settings }: Claim,
): Promise<Compiled> {
  const { progress, config, inputLimits, log } = context;
  progress.begin("probing", PHASE_ENDS.encoding.probing);
  const found = await findTracks(recording, folder);
  const clocks = await readClocks(found, folder, recording.id);
  const tracks = await measureAll(context, found, clocks);
  const sources = chooseSources(tracks, found.missing, clockConstantMs(clocks, config));
  const { durationMs } = sources;
  if (durationMs > inputLimits.maxDurationSeconds * 1000) throw tooLong(config.COMPILE_MAX_DURATION_HOURS);
  const rawBytes = found.usable.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  await checkSpace(folder, rawBytes);

  const about = { title: recording.title, recordedAt: recording.createdAt };
  const plan = await planCompilation(context, sources, settings, about);
  const write = async (chosen: CompilePlan) => {
    const ends = chosen.video?.encode == null ? PHASE_ENDS.copying : PHASE_ENDS.encoding;
    progress.begin("compiling", ends.compiling);
    const file = await writeOutput(context, chosen, { durationMs, rawBytes });
    progress.begin("checking", ends.checking);
    return { file, checked: await checkOutput(context, file, expectation(chosen, sources)) };
  };
  let result: { file: string; checked: CheckedOutput };
  try {
    result = await write(plan);
  } catch (error) {
    // What cannot be copied faultlessly can often still be decoded.
    const encoded = encodeInstead(plan, settings);
    if (encoded === null || !mayBeTheCopying(error)) throw error;
    log.warn({ recordingId: recording.id, error: describe(error) }, "picture cannot be copied and is encoded");
    result = await write(encoded);
  }

  progress.begin("finishing", 1);
  const made = await describeOutputs(context, recording.id, result.file, result.checked, sources);
  const size = result.checked.probe.video?.size ?? null;
  return {
    made,
    facts: {
      durationMs: result.checked.durationMs,
      width: size?.width ?? null,
      height: size?.height ?? null,
      gaps: sources.gaps.map((gap) => ({ ...gap, toMs: Math.min(gap.toMs, result.checked.durationMs) })),
    },
  };
}

/** The clock of each usable track, by its kind. */
async function readClocks(
  { usable }: FoundTracks,
  folder: RecordingsFolder,
  recordingId: string,
): Promise<Map<string, TrackClock>> {
  const clocks = new Map<string, TrackClock>();
  for (const { kind, filename } of usable) {
    const clock = await readClock(folder.file(recordingId, clockFilename(filename)));
    if (clock !== null) clocks.set(kind, clock);
  }
  return clocks;
}

/** Measures the usable tracks side by side; what turns out to be unreadable becomes a missing one. */
async function measureAll(
  context: CompileContext,
  { usable, missing }: FoundTracks,
  clocks: ReadonlyMap<string, TrackClock>,
): Promise<MeasuredTrack[]> {
  const measured = await Promise.all(
    usable.map(async (track) => {
      try {
        return await measureTrack(context, track, clocks.get(track.kind)?.points ?? []);
      } catch (error) {
        if (!(error instanceof AppError && error.kind === "unprocessable")) throw error;
        context.log.warn({ track: track.filename, error: describe(error) }, "track cannot be read");
        const cause = `The ${TRACK_WORDS[track.kind]} is damaged and cannot be read.`;
        missing.push({ kind: track.kind, code: "damaged", cause });
        return null;
      }
    }),
  );
  return measured.filter((track) => track !== null);
}

/** null: there are not two clocks, or they are not the same one. */
function clockConstantMs(clocks: ReadonlyMap<string, TrackClock>, config: CompileContext["config"]): number | null {
  const video = clocks.get("video");
  const audio = clocks.get("audio");
  if (video === undefined || audio === undefined || video.clock !== audio.clock) return null;
  switch (video.browser) {
    case "chromium":
      return config.CLOCK_OFFSET_MS_CHROMIUM;
    case "firefox":
      return config.CLOCK_OFFSET_MS_FIREFOX;
    case "safari":
      return config.CLOCK_OFFSET_MS_SAFARI;
    default:
      return config.CLOCK_OFFSET_MS_OTHER;
  }
}

function expectation({ video, audio }: CompilePlan, sources: ChosenSources): Expectation {
  const { blocks, stepMs } = sources.video?.report ?? { blocks: 0, stepMs: 0 };
  return {
    video: video === null ? null : { durationMs: sources.videoMs, frames: blocks, stepMs, size: video.size },
    audio: audio === null ? null : { durationMs: sources.audioMs },
  };
}

/** A copy needs as much as there is; an encoding seldom more. */
async function checkSpace(folder: RecordingsFolder, rawBytes: number): Promise<void> {
  if ((await folder.freeBytes()) < rawBytes) {
    throw new AppError("storage_full", "disk_full", "The server's disk has no room for the compiled file.");
  }
}

function tooLong(hours: number): AppError {
  return new AppError("too_large", "recording_too_long", `The recording is longer than the ${hours} hours allowed.`);
}

/** Limits, a full disk and an abort are met again by encoding. */
function mayBeTheCopying(error: unknown): boolean {
  return error instanceof AppError && (error.kind === "unprocessable" || error.kind === "internal");
}

function describe(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.detail ?? error.message}` : String(error);
}

async function describeOutputs(
  context: CompileContext,
  recordingId: string,
  file: string,
  { sizeBytes, durationMs, probe }: CheckedOutput,
  { videoDelayMs, videoMs }: ChosenSources,
): Promise<MadeOutput[]> {
  const size = probe.video?.size ?? null;
  const mp4: MadeOutput = {
    kind: "mp4",
    workFile: file,
    filename: mp4Filename(recordingId),
    contentType: size === null ? "audio/mp4" : "video/mp4",
    sizeBytes: BigInt(sizeBytes),
    sha256: await sha256OfFile(file),
    durationMs,
    width: size?.width ?? null,
    height: size?.height ?? null,
    videoCodec: probe.video?.codec ?? null,
    audioCodec: probe.audio?.codec ?? null,
  };
  context.progress.update(0.5);
  const thumbnail = await makeThumbnail(context, file, { size, durationMs, videoDelayMs, videoMs });
  if (thumbnail === null) return [mp4];
  return [
    mp4,
    {
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
    },
  ];
}
