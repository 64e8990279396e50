/** Recording of motion JPEG streams on the wire: the requests and answers of `/api/v1/mjpeg-captures`. */
import { z } from "zod";
import { MJPEG_ALIAS, MJPEG_CODECS, MJPEG_PRESETS, MJPEG_STATES } from "@/lib/domain/mjpeg-settings";

const instant = z.iso.datetime({ offset: true });

/** How and how long; also part of the contract's request, where all of it may be left out. */
export const streamOptions = z.object({
  codec: z.enum(MJPEG_CODECS).optional(),
  preset: z.enum(MJPEG_PRESETS).optional(),
  crf: z.int().min(0).max(51).optional(),
  bitrate_bps: z.int().min(0).max(200_000_000).optional().meta({ description: "most bits a second; 0: no limit" }),
  start_at: instant.optional().meta({ description: "when to begin; left out: now" }),
  stop_at: instant.optional().meta({ description: "when to end at the latest" }),
  max_seconds: z.int().min(1).max(31_536_000).optional().meta({ description: "longest recording" }),
  max_bytes: z.int().min(1).optional().meta({ description: "largest recording" }),
});

export const startCaptureRequest = streamOptions.extend({
  stream_url: z.string().min(1).max(4096).meta({ description: "http or https; may hold a user name and password" }),
  recording_id: z
    .string()
    .regex(MJPEG_ALIAS, "must be 1 to 64 letters, digits, dashes or underscores")
    .optional()
    .meta({ description: "left out: made from the time, `YYYYMMDD_HHMMSS`" }),
});
export type StartCaptureRequest = z.infer<typeof startCaptureRequest>;

export const captureResource = z
  .object({
    id: z.string(),
    /** The contract's recording_id. */
    alias: z.string(),
    recordingId: z.string().nullable().meta({ description: "of the library; null while its time has not come" }),
    url: z.string().meta({ description: "without the password" }),
    filename: z.string(),
    codec: z.enum(MJPEG_CODECS),
    state: z.enum(MJPEG_STATES),
    message: z.string().nullable(),
    startAt: z.string(),
    stopAt: z.string().nullable(),
    endedAt: z.string().nullable(),
    lastFrameAt: z.string().nullable(),
    frames: z.int(),
    droppedFrames: z.int().meta({ description: "that came faster than they could be encoded" }),
    brokenFrames: z.int().meta({ description: "that were cut off, damaged or too large" }),
    frozenSince: z.string().nullable().meta({ description: "since when every picture is the same, byte for byte" }),
    recordingState: z.string().nullable(),
    sizeBytes: z.int(),
    downloadUrl: z.string().nullable(),
  })
  .meta({ id: "MjpegCapture" });
export type CaptureResource = z.infer<typeof captureResource>;
