/**
 * The encoders of FFmpeg that a picture may be given to, and what each is told. x264 is always there (the worker does
 * not start without); the others are used when a frame could be encoded with them.
 */
import type { CompileSettings, VideoCodec } from "@/lib/domain/compile-settings";

export type Hardware = "nvenc" | "qsv" | "vaapi" | "videotoolbox";

export interface VideoEncoder {
  /** FFmpeg's name of it. */
  name: string;
  codec: VideoCodec;
  /** null: it runs on the processor. */
  hardware: Hardware | null;
}

export const X264: VideoEncoder = { name: "libx264", codec: "h264", hardware: null };

/** In the order in which they are preferred, hardware among itself. */
export const VIDEO_ENCODERS: readonly VideoEncoder[] = [
  X264,
  { name: "libx265", codec: "hevc", hardware: null },
  { name: "libsvtav1", codec: "av1", hardware: null },
  ...(["nvenc", "qsv", "vaapi", "videotoolbox"] as const).flatMap((hardware) =>
    (["h264", "hevc", "av1"] as const)
      // Apple's has no AV1.
      .filter((codec) => hardware !== "videotoolbox" || codec !== "av1")
      .map((codec) => ({ name: `${codec}_${hardware}`, codec, hardware })),
  ),
];

/** How a picture is encoded. What is left out is as in DEFAULT_COMPILE_SETTINGS, with x264. */
export interface PictureEncoding
  extends Pick<CompileSettings, "crf" | "preset">,
    Partial<Pick<CompileSettings, "content" | "keyFrameSeconds">> {
  encoder?: VideoEncoder;
}

/** The node of the first graphics card (Linux). */
const VAAPI_DEVICE = "/dev/dri/renderD128";
const DEFAULT_KEY_FRAME_SECONDS = 4;

/** Options before the inputs: devices. */
export function deviceArgs({ encoder = X264 }: Pick<PictureEncoding, "encoder">): string[] {
  return encoder.hardware === "vaapi" ? ["-vaapi_device", VAAPI_DEVICE] : [];
}

/** Filters that hand the picture over in the encoder's own form, after all others. */
export function handOverFilters({ encoder = X264 }: Pick<PictureEncoding, "encoder">): string[] {
  if (encoder.hardware === "vaapi") return ["format=nv12", "hwupload"];
  if (encoder.hardware === "qsv") return ["format=nv12"];
  return [];
}

/** The encoder and its options; the caller keeps the times of the frames. */
export function encoderArgs(encoding: PictureEncoding, threads: number): string[] {
  const { encoder = X264, keyFrameSeconds = DEFAULT_KEY_FRAME_SECONDS } = encoding;
  return [
    ...["-c:v", encoder.name, ...qualityArgs(encoder, encoding, threads)],
    // With B-frames the edit list of a variable rate comes out too short, and the last 0.2 s are not shown.
    ...(encoder.name === "libsvtav1" ? [] : ["-bf", "0"]),
    ...["-force_key_frames", `expr:gte(t,n_forced*${keyFrameSeconds})`],
    // Apple's players take H.265 under this name alone.
    ...(encoder.codec === "hevc" ? ["-tag:v", "hvc1"] : []),
    ...(encoder.hardware === null ? ["-threads", String(threads)] : []),
  ];
}

/** A frame rate is never told to the muxer; levels and rate control must not be made from 90 000 a second. */
const RATE = 30;

function qualityArgs({ name, codec, hardware }: VideoEncoder, encoding: PictureEncoding, threads: number): string[] {
  const { crf, preset, content = "any", keyFrameSeconds = DEFAULT_KEY_FRAME_SECONDS } = encoding;
  const quality = String(qualityOn(codec, crf));
  if (hardware === "nvenc") {
    return ["-preset", "p5", "-rc", "vbr", "-cq", quality, "-b:v", "0", "-forced-idr", "1"];
  }
  if (hardware === "qsv") return ["-preset", "medium", "-global_quality", quality, "-forced_idr", "1"];
  if (hardware === "vaapi") return ["-rc_mode", "CQP", "-qp", quality];
  // Its scale goes from 1 to 100, and upwards.
  if (hardware === "videotoolbox") return ["-q:v", String(Math.max(1, Math.min(100, 106 - 2 * crf)))];
  if (name === "libx265") {
    const parameters = `fps=${RATE}:log-level=error:pools=${threads}:keyint=${keyFrameSeconds * RATE * 2}`;
    return ["-preset", preset, "-crf", quality, "-x265-params", parameters];
  }
  if (name === "libsvtav1") {
    // It counts frames, not time, and makes no key frame where it is asked to.
    const parameters = `fps-num=${RATE}:fps-denom=1:lp=${threads}`;
    return [
      ...["-preset", String(SVT_PRESETS[preset]), "-crf", quality, "-g", String(keyFrameSeconds * RATE)],
      ...["-svtav1-params", parameters],
    ];
  }
  const tune = content === "screen" ? ["-tune", "stillimage"] : [];
  return ["-preset", preset, ...tune, "-crf", String(crf), "-x264-params", `fps=${RATE}`];
}

const SVT_PRESETS: Readonly<Record<CompileSettings["preset"], number>> = {
  ...{ ultrafast: 12, superfast: 11, veryfast: 10, faster: 9, fast: 8, medium: 7, slow: 6 },
};

/** About the same to the eye on the scale of another codec: x265 has it 3 higher, AV1 a scale of 63 instead of 51. */
function qualityOn(codec: VideoCodec, crf: number): number {
  if (codec === "hevc") return Math.min(51, crf + 3);
  if (codec === "av1") return Math.min(63, Math.round(crf * 1.5));
  return crf;
}

/** Arguments that encode one frame and keep nothing: whether an encoder is there, and works here. */
export function probeEncoderArgs(encoder: VideoEncoder): string[] {
  const encoding: PictureEncoding = { crf: 23, preset: "ultrafast", encoder };
  const filters = ["format=yuv420p", ...handOverFilters(encoding)];
  return [
    ...["-nostdin", "-hide_banner", "-v", "error", ...deviceArgs(encoding)],
    // Larger than the least picture of any hardware.
    ...["-f", "lavfi", "-i", "color=c=black:s=640x360:r=30:d=1", "-vf", filters.join(","), "-frames:v", "1"],
    ...[...encoderArgs(encoding, 1), "-f", "null", "-"],
  ];
}
