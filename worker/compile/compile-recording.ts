/** Makes the finished file of one recording: from the tracks on disk to an MP4 and a thumbnail, checked, in the work folder. */
import { AppError } from "@/lib/domain/errors";
import { mp4Filename, THUMBNAIL_FILENAME } from "@/lib/domain/names";
import { placeTakes } from "@/lib/domain/take-timeline";
import type { CompilePlan } from "@/lib/media/compile-args";
import { MAX_STILL_MS } from "@/lib/media/join-args";
import type { Claim, CompiledFacts, MadeOutput } from "@/lib/server/recordings/compilation";
import { type RecordingsFolder, sha256OfFile } from "@/lib/server/storage/recordings-folder";
import { checkOutput, type Expectation } from "@/worker/compile/check-output";
import { chooseEncoding, inSoftware, mayBeTheHardware, planInSoftware } from "@/worker/compile/choose-encoding";
import type { ChosenSources } from "@/worker/compile/choose-sources";
import type { CompileContext } from "@/worker/compile/compile-context";
import { findTakes } from "@/worker/compile/find-tracks";
import {
  describeError,
  joinTakes,
  mayBeTheCopying,
  PHASE_ENDS,
  type PlacedMeasuredTake,
  type Written,
} from "@/worker/compile/join-takes";
import { codecOf } from "@/worker/compile/lay-pictures";
import { gapsOfRecording, withLostTracks } from "@/worker/compile/ledger";
import { makeThumbnail } from "@/worker/compile/make-thumbnail";
import { isLost, type LostTake, type MeasuredTake, measureTake } from "@/worker/compile/measure-take";
import { encodeInstead } from "@/worker/compile/plan-compilation";
import { writeOutput } from "@/worker/compile/write-output";
import { copiableStream, writeStream } from "@/worker/compile/write-stream";
import { isLongEncoding } from "@/worker/pieces/cut-picture";

export interface Compiled {
  made: MadeOutput[];
  facts: CompiledFacts;
}

/**
 * @throws {AppError} with words for the user when it cannot be made; whatever `context.signal` was aborted with
 */
export async function compileRecording(
  context: CompileContext,
  folder: RecordingsFolder,
  { recording, settings, interruptions }: Claim,
): Promise<Compiled> {
  const { progress, config, inputLimits } = context;
  const about = { title: recording.title, recordedAt: recording.createdAt };
  progress.begin("probing", PHASE_ENDS.encoding.probing);
  const all: (MeasuredTake | LostTake)[] = [];
  for (const take of await findTakes(recording, folder)) all.push(await measureTake(context, take, settings, about));
  const measured = all.filter((take): take is MeasuredTake => !isLost(take));
  if (measured.length === 0) throw worstOf(all.filter(isLost));

  const maxDurationMs = inputLimits.maxDurationSeconds * 1000;
  const recordedMs = measured.reduce((sum, { span }) => sum + span.durationMs, 0);
  if (recordedMs > maxDurationMs) throw tooLong(config.COMPILE_MAX_DURATION_HOURS);
  const spans = measured.map(({ span }) => span);
  const places = placeTakes(spans, { mode: config.TAKE_GAPS, maxDurationMs: Math.min(maxDurationMs, MAX_STILL_MS) });
  const placed = measured.map((take, index) => ({ ...take, ...places[index] }) as PlacedMeasuredTake);

  const rawBytes = measured.flatMap(({ take }) => take.usable).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const [first] = placed;
  // Of several takes, and of pieces, there are the pictures by themselves, and the file they are joined to.
  const isJoined = placed.length > 1 || (first !== undefined && isInPieces(context, first));
  await checkSpace(folder, isJoined ? 2 * rawBytes : rawBytes);
  const written =
    (await tryToCopyStream(context, placed, about, rawBytes)) ??
    (placed.length === 1 && first !== undefined
      ? ((await tryInPieces(context, first, settings, about, rawBytes)) ??
        (await writeTake(context, first, settings, rawBytes)))
      : await joinTakes(context, placed, settings, about, rawBytes));

  progress.begin("finishing", 1);
  const { durationMs, probe } = written.checked;
  const size = probe.video?.size ?? null;
  return {
    made: await describeOutputs(context, recording.id, written),
    facts: {
      durationMs,
      width: size?.width ?? null,
      height: size?.height ?? null,
      gaps: gapsOfRecording(all, placed, withLostTracks(recording, interruptions)).map((gap) => ({
        ...gap,
        fromMs: Math.min(gap.fromMs, durationMs),
        toMs: Math.min(gap.toMs, durationMs),
      })),
    },
  };
}

/** What an encoder published is copied as it is where that can be. null: it has to be made in another way */
async function tryToCopyStream(
  context: CompileContext,
  placed: readonly PlacedMeasuredTake[],
  about: Pick<CompilePlan, "title" | "recordedAt">,
  rawBytes: number,
): Promise<Written | null> {
  const stream = copiableStream(placed);
  if (stream === null) return null;
  try {
    return await writeStream(context, stream, placed, about, rawBytes);
  } catch (error) {
    if (!mayBeTheCopying(error)) throw error;
    context.log.warn({ error: describeError(error) }, "stream cannot be copied as it is");
    return null;
  }
}

function isInPieces(context: CompileContext, { plan: { video }, sources }: MeasuredTake): boolean {
  // What begins with sound alone would get black before it.
  return video !== null && sources.videoDelayMs === 0 && isLongEncoding(context, { plan: video, sources });
}

/** A long picture that has to be encoded is made in pieces, by all workers. null: it has to be made in another way */
async function tryInPieces(
  context: CompileContext,
  take: PlacedMeasuredTake,
  settings: Claim["settings"],
  about: Pick<CompilePlan, "title" | "recordedAt">,
  rawBytes: number,
): Promise<Written | null> {
  if (!isInPieces(context, take)) return null;
  try {
    return await joinTakes(context, [take], settings, about, rawBytes);
  } catch (error) {
    if (!mayBeTheCopying(error)) throw error;
    context.log.warn({ error: describeError(error) }, "picture cannot be encoded in pieces, and is encoded whole");
    return null;
  }
}

/** A recording of one take: one FFmpeg makes all of it. */
async function writeTake(
  context: CompileContext,
  { sources, plan }: MeasuredTake,
  settings: Claim["settings"],
  rawBytes: number,
): Promise<Written> {
  const { progress, log } = context;
  const { durationMs, videoDelayMs, videoMs } = sources;
  const write = async (chosen: CompilePlan): Promise<Written> => {
    const ends = chosen.video?.encode == null ? PHASE_ENDS.copying : PHASE_ENDS.encoding;
    progress.begin("compiling", ends.compiling);
    const onShare = (share: number) => progress.update(share);
    const file = await writeOutput(context, chosen, { durationMs, rawBytes, filename: "compiled.mp4", onShare });
    progress.begin("checking", ends.checking);
    return { file, checked: await checkOutput(context, file, expectationOf(chosen, sources)), videoDelayMs, videoMs };
  };
  try {
    return await write(plan);
  } catch (error) {
    // What cannot be copied faultlessly can often still be decoded.
    const isHardware = planInSoftware(plan) !== null;
    if (!mayBeTheCopying(error) && !(isHardware && mayBeTheHardware(error))) throw error;
    const encoded = encodeInstead(plan, inSoftware(await chooseEncoding(context, settings)));
    const other = encoded ?? planInSoftware(plan);
    if (other === null) throw error;
    log.warn(
      { error: describeError(error) },
      "picture cannot be copied, or encoded by hardware, and is encoded by software",
    );
    return write(other);
  }
}

/** What a file of one take should be. */
export function expectationOf({ video, audio }: CompilePlan, sources: ChosenSources): Expectation {
  const { blocks, stepMs } = sources.video?.report ?? { blocks: 0, stepMs: 0 };
  return {
    video:
      video === null
        ? null
        : { durationMs: sources.videoMs, frames: blocks, stepMs, size: video.size, codec: codecOf(video) },
    audio: audio === null ? null : { durationMs: sources.audioMs },
  };
}

/** Why nothing of a recording can be used: of several takes, what says most. */
function worstOf(lost: readonly LostTake[]): AppError {
  const errors = lost.map(({ error }) => error);
  const none = new AppError("unprocessable", "nothing_recorded", "Nothing was recorded: there is no take.");
  return errors.find(({ code }) => code !== "nothing_recorded") ?? errors[0] ?? none;
}

/** A copy needs as much as there is; an encoding seldom more. */
async function checkSpace(folder: RecordingsFolder, neededBytes: number): Promise<void> {
  if ((await folder.freeBytes()) < neededBytes) {
    throw new AppError("storage_full", "disk_full", "The server's disk has no room for the compiled file.");
  }
}

function tooLong(hours: number): AppError {
  return new AppError("too_large", "recording_too_long", `The recording is longer than the ${hours} hours allowed.`);
}

/** The MP4 and a picture of it, for their rows. */
export async function describeOutputs(
  context: CompileContext,
  recordingId: string,
  { file, checked: { sizeBytes, durationMs, probe }, videoDelayMs, videoMs }: Written,
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
