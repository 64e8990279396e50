/** What the API says of stream keys and of the streams that encoders publish with them. */
import { z } from "zod";
import { relayResource } from "@/lib/protocol/relays";
import { shortName } from "@/lib/protocol/title";

const instant = z.iso.datetime().meta({ description: "ISO 8601, UTC" });
const bytes = z.int().min(0).meta({ description: "bytes" });

/** The first part of the address: letters, digits, `_` and `-`. */
const appName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "must be letters, digits, _ and -, 64 at most" });

export const createStreamKeyRequest = z
  .object({
    name: shortName,
    app: appName.default("live"),
    record: z.boolean().default(true).meta({ description: "whether what is published with it is recorded" }),
    expiresAt: instant.nullable().default(null).meta({ description: "when it stops working; null: never" }),
  })
  .meta({ id: "CreateStreamKey" });
export type CreateStreamKeyRequest = z.infer<typeof createStreamKeyRequest>;

export const changeStreamKeyRequest = z
  .object({ name: shortName.optional(), record: z.boolean().optional(), expiresAt: instant.nullable().optional() })
  .meta({ id: "ChangeStreamKey" });
export type ChangeStreamKeyRequest = z.infer<typeof changeStreamKeyRequest>;

export const streamKeyResource = z
  .object({
    id: z.string(),
    name: z.string(),
    app: z.string(),
    hint: z.string().meta({ description: "the key's last four characters" }),
    record: z.boolean(),
    createdAt: instant,
    rotatedAt: instant.nullable(),
    expiresAt: instant.nullable(),
    lastPublishedAt: instant.nullable(),
    server: z.string().meta({ description: "what an encoder asks for as its server: `rtmp://host/app`" }),
    live: z.boolean(),
  })
  .meta({ id: "StreamKey" });
export type StreamKeyResource = z.infer<typeof streamKeyResource>;

export const createdStreamKey = streamKeyResource
  .extend({ key: z.string().meta({ description: "shown once" }) })
  .meta({ id: "CreatedStreamKey" });
export type CreatedStreamKey = z.infer<typeof createdStreamKey>;

/** What becomes of a stream's recording. */
export const STREAM_RECORDING_STATES = ["off", "waiting", "recording", "failed"] as const;

export const streamResource = z
  .object({
    id: z.string(),
    keyId: z.string(),
    name: z.string(),
    app: z.string(),
    startedAt: instant,
    encoder: z.string().nullable().meta({ description: "what the encoder calls itself" }),
    receivedBytes: bytes,
    bitrateBps: z.int().meta({ description: "bits a second over the last seconds" }),
    frameRate: z.number().meta({ description: "pictures a second over the last seconds" }),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    videoFrames: z.int(),
    droppedFrames: z.int().meta({ description: "pictures that came and could not be recorded" }),
    record: z.object({
      state: z.enum(STREAM_RECORDING_STATES),
      recordingId: z.string().nullable(),
      watchable: z.boolean().meta({ description: "its recording can be watched now, a few seconds behind" }),
      message: z.string().nullable().meta({ description: "why it failed" }),
    }),
    relays: z.array(relayResource).meta({ description: "where it is pushed on to" }),
  })
  .meta({ id: "Stream", description: "A stream that is being published" });
export type StreamResource = z.infer<typeof streamResource>;

export const changeStreamRequest = z.object({ record: z.boolean() }).meta({ id: "ChangeStream" });
