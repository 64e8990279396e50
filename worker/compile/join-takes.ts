/** Makes one MP4 of several takes, or of one in pieces: pictures laid one after another, sounds too, and both joined. */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import type { PlacedTake } from "@/lib/domain/take-timeline";
import type { CompilePlan } from "@/lib/media/compile-args";
import { joinArgs, timescaleFor } from "@/lib/media/join-args";
import { type CheckedOutput, checkOutput } from "@/worker/compile/check-output";
import { chooseEncoding, inSoftware, mayBeTheHardware } from "@/worker/compile/choose-encoding";
import type { CompileContext } from "@/worker/compile/compile-context";
import { codecOf, copiedPictures, encodedPictures, type LaidPicture, layPictures } from "@/worker/compile/lay-pictures";
import { laySound } from "@/worker/compile/lay-sound";
import type { MeasuredTake } from "@/worker/compile/measure-take";
import { runWriting } from "@/worker/compile/write-output";

export type PlacedMeasuredTake = MeasuredTake & PlacedTake;

export interface Written {
  /** Absolute path in the work folder. */
  file: string;
  checked: CheckedOutput;
  /** Where pictures are, for the thumbnail: from the first on, as far as its take goes. */
  videoDelayMs: number;
  videoMs: number;
}

/** Where each phase ends on the way from 0 to 1, by how long they take; copying is quick next to checking. */
export const PHASE_ENDS = {
  copying: { probing: 0.08, compiling: 0.6, checking: 0.92 },
  encoding: { probing: 0.03, compiling: 0.88, checking: 0.97 },
};
/** How much of making the file goes to the picture, where there is sound too; the rest is for the sound. */
const PICTURE_SHARE = { copying: 0.1, encoding: 0.85 };

/**
 * @param takes in their order
 * @throws {AppError} with the cause when it cannot be made; whatever `context.signal` was aborted with
 */
export async function joinTakes(
  context: CompileContext,
  takes: readonly PlacedMeasuredTake[],
  settings: CompileSettings,
  about: Pick<CompilePlan, "title" | "recordedAt">,
  rawBytes: number,
): Promise<Written> {
  const pictures = takes.flatMap(({ take, plan, sources, fromMs }): LaidPicture[] =>
    plan.video === null
      ? []
      : [{ plan: plan.video, sources, takeNumber: take.number, fromMs: fromMs + sources.videoDelayMs }],
  );
  const encoding = await chooseEncoding(context, settings);
  const encoded = encodedPictures(pictures, inSoftware(encoding));
  const copied = copiedPictures(pictures);
  const isHardware = (encoding.encoder?.hardware ?? null) !== null;
  if (copied === null && !isHardware) return write(context, takes, encoded, "encoding", settings, about, rawBytes);
  try {
    if (copied !== null) return await write(context, takes, copied, "copying", settings, about, rawBytes);
    return await write(context, takes, encodedPictures(pictures, encoding), "encoding", settings, about, rawBytes);
  } catch (error) {
    // What cannot be copied faultlessly, or not be one stream as it is, can often still be decoded.
    const isOurs = mayBeTheCopying(error) || (copied === null && mayBeTheHardware(error));
    if (pictures.length === 0 || !isOurs) throw error;
    context.log.warn(
      { error: describeError(error) },
      "pictures of the takes cannot be copied, or encoded by hardware, and are encoded by software",
    );
    return write(context, takes, encoded, "encoding", settings, about, rawBytes);
  }
}

async function write(
  context: CompileContext,
  takes: readonly PlacedMeasuredTake[],
  pictures: readonly LaidPicture[],
  way: keyof typeof PHASE_ENDS,
  settings: CompileSettings,
  about: Pick<CompilePlan, "title" | "recordedAt">,
  rawBytes: number,
): Promise<Written> {
  const { progress } = context;
  const last = takes.at(-1) as PlacedMeasuredTake;
  const durationMs = last.fromMs + last.span.durationMs;
  const sounds = takes.flatMap(({ plan, fromMs, span }) =>
    plan.audio === null ? [] : [{ plan: plan.audio, fromMs, toMs: fromMs + span.durationMs }],
  );
  progress.begin("compiling", PHASE_ENDS[way].compiling);
  const pictureShare = pictures.length === 0 ? 0 : sounds.length === 0 ? 1 : PICTURE_SHARE[way];
  const videoMs = pictures.reduce((sum, { sources }) => sum + sources.videoMs, 0);
  // Side by side: the sound takes one core, and the pictures more.
  const failed = new AbortController();
  const both = { ...context, signal: AbortSignal.any([context.signal, failed.signal]) };
  const shares = { picture: 0, sound: 0 };
  const tell = (done: Partial<typeof shares>) => {
    Object.assign(shares, done);
    progress.update(shares.picture * pictureShare + shares.sound * (1 - pictureShare));
  };
  const making = [
    pictures.length === 0
      ? null
      : layPictures(both, pictures, about, {
          ...{ durationMs: videoMs, rawBytes },
          onShare: (share) => tell({ picture: share }),
        }),
    sounds.length === 0
      ? null
      : laySound(both, sounds, settings.audioBitrateBps, {
          ...{ durationMs, rawBytes, filename: "sound.mp4" },
          onShare: (share) => tell({ sound: share }),
        }),
  ] as const;
  for (const each of making) each?.catch((error) => failed.abort(error));
  const [laid, audioFile] = await Promise.all(making).finally(() => Promise.allSettled(making));
  const join = {
    ...about,
    videoList: laid?.list ?? null,
    audioFile,
    timescale: timescaleFor(laid?.longestStillMs ?? 0),
  };
  const writing = { durationMs, rawBytes, filename: "compiled.mp4", onShare: () => {} };
  const file = await runWriting(context, writing, (limits, out) => joinArgs(join, limits, out));

  progress.begin("checking", PHASE_ENDS[way].checking);
  const lastPicture = pictures.at(-1);
  const stepsMs = pictures.map(({ sources }) => sources.video?.report.stepMs ?? 0);
  const checked = await checkOutput(context, file, {
    video:
      laid === null || lastPicture === undefined
        ? null
        : {
            durationMs: lastPicture.fromMs + lastPicture.sources.videoMs,
            frames: laid.frames,
            size: lastPicture.plan.size,
            stepMs: Math.max(...stepsMs),
            codec: codecOf(lastPicture.plan),
          },
    audio: audioFile === null ? null : { durationMs },
    seamsMs: takes.slice(1).map(({ fromMs }) => fromMs),
  });
  const firstPicture = pictures[0];
  return {
    ...{ file, checked },
    videoDelayMs: firstPicture?.fromMs ?? 0,
    videoMs: firstPicture?.sources.videoMs ?? 0,
  };
}

/** Limits, a full disk and an abort are met again by encoding. */
export function mayBeTheCopying(error: unknown): boolean {
  return error instanceof AppError && (error.kind === "unprocessable" || error.kind === "internal");
}

/** For the log. */
export function describeError(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.detail ?? error.message}` : String(error);
}
