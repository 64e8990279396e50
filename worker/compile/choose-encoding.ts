/** Decides what a picture is encoded with: the codec that was asked for where this worker has it, hardware where allowed. */
import type { CompileSettings } from "@/lib/domain/compile-settings";
import { AppError } from "@/lib/domain/errors";
import type { CompilePlan } from "@/lib/media/compile-args";
import { type PictureEncoding, VIDEO_ENCODERS, X264 } from "@/lib/media/video-encoders";
import type { CompileContext } from "@/worker/compile/compile-context";

/** What is not there is H.264 then: a recording is worth more than its codec. */
export async function chooseEncoding(
  { config, encoders, log }: Pick<CompileContext, "config" | "encoders" | "log">,
  { crf, preset, content, keyFrameSeconds, videoCodec }: CompileSettings,
): Promise<PictureEncoding> {
  const encoding = { crf, preset, content, keyFrameSeconds };
  // Nothing to wait for where only x264 may come of it.
  if (encoders === undefined || (videoCodec === "h264" && config.COMPILE_HARDWARE === "off")) return encoding;
  const ofCodec = (await encoders()).filter(({ codec }) => codec === videoCodec);
  const encoder = ofCodec.find(({ hardware }) => hardware !== null) ?? ofCodec[0];
  if (encoder === undefined) log.warn({ videoCodec }, "this FFmpeg cannot encode the codec that was asked for");
  return { ...encoding, encoder: encoder ?? X264 };
}

/** The same without hardware. Whether the processor has the codec was probed, too; x264 stands for what it has not. */
export function inSoftware(encoding: PictureEncoding): PictureEncoding {
  const { encoder = X264 } = encoding;
  if (encoder.hardware === null) return encoding;
  // Only x264 is sure to be there.
  return { ...encoding, encoder: encoder.codec === "h264" ? X264 : (softwareOf(encoder.codec) ?? X264) };
}

/** The same plan without hardware; null when it has none. */
export function planInSoftware(plan: CompilePlan): CompilePlan | null {
  const { video } = plan;
  if (video?.encode == null || (video.encode.encoder ?? X264).hardware === null) return null;
  return { ...plan, video: { ...video, encode: inSoftware(video.encode) } };
}

/** Drivers fail in ways of their own, memory of the card among them; a full disk is met again. */
export function mayBeTheHardware(error: unknown): boolean {
  return error instanceof AppError && error.kind !== "storage_full";
}

function softwareOf(codec: string) {
  return VIDEO_ENCODERS.find((encoder) => encoder.codec === codec && encoder.hardware === null);
}
