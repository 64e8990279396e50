/** Recording of motion JPEG streams on the wire: the requests and answers of `/api/v1/streams`. */
import { z } from "zod";
import { STREAM_ALIAS, STREAM_CODECS, STREAM_PRESETS, STREAM_STATES } from "@/lib/domain/stream-settings";

const instant = z.iso.datetime({ offset: true });

/** How and how long; also part of the contract's request, where all of it may be left out. */
export const streamOptions = z.object({
  codec: z.enum(STREAM_CODECS).optional(),
  preset: z.enum(STREAM_PRESETS).optional(),
  crf: z.int().min(0).max(51).optional(),
  bitrate_bps: z.int().min(0).max(200_000_000).optional().meta({ description: "most bits a second; 0: no limit" }),
  start_at: instant.optional().meta({ description: "when to begin; left out: now" }),
  stop_at: instant.optional().meta({ description: "when to end at the latest" }),
  max_seconds: z.int().min(1).max(31_536_000).optional().meta({ description: "longest recording" }),
  max_bytes: z.int().min(1).optional().meta({ description: "largest recording" }),
});

export const startStreamRequest = streamOptions.extend({
  stream_url: z.string().min(1).max(4096).meta({ description: "http or https; may hold a user name and password" }),
  recording_id: z
    .string()
    .regex(STREAM_ALIAS, "must be 1 to 64 letters, digits, dashes or underscores")
    .optional()
    .meta({ description: "left out: made from the time, `YYYYMMDD_HHMMSS`" }),
});
export type StartStreamRequest = z.infer<typeof startStreamRequest>;

export const streamResource = z
  .object({
    id: z.string(),
    /** The contract's recording_id. */
    alias: z.string(),
    recordingId: z.string().nullable().meta({ description: "of the library; null while its time has not come" }),
    url: z.string().meta({ description: "without the password" }),
    filename: z.string(),
    codec: z.enum(STREAM_CODECS),
    state: z.enum(STREAM_STATES),
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
  .meta({ id: "Stream" });
export type StreamResource = z.infer<typeof streamResource>;
