/** Decides what is copied and what is encoded. Whatever can be copied is: it is faster and loses nothing. */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import type { AudioPlan, CompilePlan, StreamSource, VideoPlan } from "@/lib/media/compile-args";
import { explainComplaints } from "@/lib/media/ffmpeg-failure";
import { probeInputArgs } from "@/lib/media/ffmpeg-input";
import { KEY_FRAME_SIZES_ARGS, type ProbedVideo, parseKeyFrameSize } from "@/lib/media/ffprobe-output";
import { outputSize, type PictureSize } from "@/lib/media/picture-size";
import type { PictureEncoding } from "@/lib/media/video-encoders";
import { chooseEncoding } from "@/worker/compile/choose-encoding";
import type { ChosenSource, ChosenSources } from "@/worker/compile/choose-sources";
import type { CompileContext } from "@/worker/compile/compile-context";

/** H.264 in 8 bits and 4:2:0, in limited and in full range, is what every player decodes. */
const COPYABLE_PIXEL_FORMATS = new Set(["yuv420p", "yuvj420p"]);
/** Sound needs no shift when it is off by less than a tenth of what anybody notices. */
const COPYABLE_OFFSET_MS = 5;

/** @throws {AppError} unprocessable when no picture can be decoded, too_large when one is larger than allowed */
export async function planCompilation(
  context: CompileContext,
  { video, audio, offsetMs, videoDelayMs }: ChosenSources,
  settings: CompileSettings,
  about: Pick<CompilePlan, "title" | "recordedAt">,
): Promise<CompilePlan> {
  return {
    ...about,
    video: video === null ? null : { ...(await planVideo(context, video, settings)), delayMs: videoDelayMs },
    audio: audio === null ? null : planAudio(audio, offsetMs, settings),
  };
}

/** The same plan with the picture encoded; null when it is already, or there is none. */
export function encodeInstead(plan: CompilePlan, encode: PictureEncoding): CompilePlan | null {
  if (plan.video === null || plan.video.encode !== null) return null;
  return { ...plan, video: { ...plan.video, encode } };
}

async function planVideo(
  context: CompileContext,
  { track, report }: ChosenSource,
  settings: CompileSettings,
): Promise<Omit<VideoPlan, "delayMs">> {
  const probed = track.probe.video as ProbedVideo;
  const sizes = track.flv?.sizes ?? (await keyFrameSizes(context, track));
  const first = sizes[0];
  if (first === undefined || report.blocks === 0) {
    throw new AppError("unprocessable", "damaged", "No picture of the recording can be decoded.");
  }
  // ffprobe tells the sizes as they are stored.
  const shown = probed.size.width === first.height && probed.isRotated ? probed.size : first;
  const size = outputSize(shown, settings.longestSidePx);
  const isCopyable =
    (probed.codec === "h264" || (probed.codec === "hevc" && context.isStream === true)) &&
    COPYABLE_PIXEL_FORMATS.has(probed.pixelFormat) &&
    sizes.length === 1 &&
    !probed.isRotated &&
    size.width === first.width &&
    size.height === first.height;
  const encode = isCopyable ? null : await chooseEncoding(context, settings);
  return {
    ...streamOf({ track, report }, probed.startMs),
    size,
    encode,
    marksEnd: context.isStream === true,
  };
}

function planAudio({ track, report }: ChosenSource, offsetMs: number, settings: CompileSettings): AudioPlan {
  const probed = track.probe.audio;
  const isCopyable =
    probed?.codec === "aac" &&
    track.container !== "matroska" &&
    Math.abs(offsetMs) < COPYABLE_OFFSET_MS &&
    report.gaps.length === 0;
  return {
    ...streamOf({ track, report }, probed?.startMs ?? 0),
    encode: isCopyable ? null : { bitrateBps: settings.audioBitrateBps },
    offsetMs,
    keepFirstSamples: probed?.codec === "opus" && track.container === "mp4",
  };
}

function streamOf({ track: { file, container } }: ChosenSource, startMs: number): StreamSource {
  return { file, container, startMs };
}

/** The sizes that the picture has, each once, in the order of their first key frames. */
async function keyFrameSizes(
  { ffmpeg, inputLimits, signal, threads }: CompileContext,
  track: ChosenSource["track"],
): Promise<PictureSize[]> {
  const sizes = new Map<string, PictureSize>();
  const args = ["-v", "error", "-threads", String(threads), ...KEY_FRAME_SIZES_ARGS];
  const { stderr } = await ffmpeg.ffprobe([...args, ...probeInputArgs(track, inputLimits)], {
    signal,
    onLine: (line) => {
      const size = parseKeyFrameSize(line);
      // Two are enough to know that it changes.
      if (size !== null && sizes.size < 2) sizes.set(`${size.width}x${size.height}`, size);
    },
  });
  const complaint = explainComplaints(stderr);
  if (complaint !== null) throw complaint;
  return [...sizes.values()];
}
