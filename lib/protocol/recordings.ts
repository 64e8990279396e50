/** What the API says of recordings: the resource of `/api/v1/recordings`, its requests and its events. */
import { z } from "zod";
import { compileSettingsSchema, PURPOSES, SIZES, VIDEO_CODECS } from "@/lib/domain/compile-settings";
import { GAP_CAUSE_CODES, SOURCE_GAP_CAUSES } from "@/lib/domain/gap-causes";
import { OPEN_END_MS } from "@/lib/domain/gap-ledger";
import { RECORDING_STATES, SOURCES, TRACK_KINDS } from "@/lib/domain/recording-state";
import { extraResource } from "@/lib/protocol/extras";
import { title } from "@/lib/protocol/title";

const instant = z.iso.datetime().meta({ description: "ISO 8601, UTC" });
const bytes = z.int().min(0).meta({ description: "bytes" });
const milliseconds = z.int().min(0).meta({ description: "milliseconds" });

/** What a compilation is doing; several phases make one progress from 0 to 1. */
export const COMPILE_PHASES = ["queued", "probing", "compiling", "checking", "finishing"] as const;

export const compileProgress = z
  .object({
    phase: z.enum(COMPILE_PHASES),
    fraction: z.number().min(0).max(1).meta({ description: "of the whole compilation, 0 to 1" }),
    etaMs: milliseconds.nullable().meta({ description: "estimate until ready, milliseconds; null while unknown" }),
  })
  .meta({ id: "CompileProgress" });
export type CompileProgress = z.infer<typeof compileProgress>;

export const trackResource = z
  .object({
    take: z.int().min(1),
    kind: z.enum(TRACK_KINDS),
    filename: z.string(),
    mimeType: z.string().nullable(),
    sizeBytes: bytes,
    sha256: z.string().nullable(),
    finishedAt: instant.nullable(),
    /** When retention removed the raw bytes; they are there while this is null. */
    removedAt: instant.nullable(),
  })
  .meta({ id: "Track" });

export const outputResource = z
  .object({
    kind: z.string(),
    filename: z.string(),
    contentType: z.string(),
    sizeBytes: bytes,
    sha256: z.string(),
    durationMs: milliseconds.nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
    url: z.string(),
  })
  .meta({ id: "Output" });

export const gapResource = z
  .object({
    kind: z.enum(TRACK_KINDS).nullable().meta({ description: "the track it concerns; null: all" }),
    fromMs: milliseconds,
    toMs: milliseconds,
    code: z.enum(GAP_CAUSE_CODES),
    cause: z.string().meta({ description: "the cause in words" }),
  })
  .meta({ id: "Gap", description: "Time that should have been recorded and was not, in media time" });

export const recordingResource = z
  .object({
    id: z.string(),
    title: z.string(),
    source: z.enum(SOURCES),
    state: z.enum(RECORDING_STATES),
    /** The source is connected now. */
    live: z.boolean(),
    createdAt: instant,
    stoppedAt: instant.nullable(),
    readyAt: instant.nullable(),
    /** When retention will remove it; null: it stays. */
    expiresAt: instant.nullable(),
    compileRequested: z.boolean(),
    durationMs: milliseconds.nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    sizeBytes: bytes,
    pinned: z.boolean(),
    retentionHours: z.int().nullable().meta({ description: "null: the owner's setting, 0: never removed" }),
    progress: z.union([compileProgress, z.null()]),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
    /** Path of the finished MP4; null while there is none. */
    downloadUrl: z.string().nullable(),
    thumbnailUrl: z.string().nullable(),
    liveUrl: z
      .string()
      .nullable()
      .meta({ description: "HLS playlist to watch it while it is recorded; null: there is none" }),
    takes: z.array(
      z.object({
        number: z.int(),
        startedAt: instant,
        cause: z.enum(GAP_CAUSE_CODES).nullable().meta({ description: "what ended the take before it" }),
        fromMs: milliseconds
          .nullable()
          .meta({ description: "where it begins in the finished file; null: not compiled, or nothing of it is in it" }),
      }),
    ),
    tracks: z.array(trackResource),
    outputs: z.array(outputResource),
    extras: z.array(extraResource),
    gaps: z.array(gapResource),
  })
  .meta({ id: "Recording" });
export type RecordingResource = z.infer<typeof recordingResource>;

const retentionHours = z.int().min(0).max(876_000).nullable();

export const createRecordingRequest = z
  .object({
    title: title.optional(),
    /** Which tracks will come. The recording is complete when all of them are finished; empty: whatever comes. */
    tracks: z.array(z.enum(TRACK_KINDS)).max(2).default([]),
    compileSettings: compileSettingsSchema.optional(),
  })
  .meta({ id: "CreateRecording" });
export type CreateRecordingRequest = z.infer<typeof createRecordingRequest>;

export const beginTakeRequest = z
  .object({
    /** Why the take before it ended. */
    cause: z.enum(SOURCE_GAP_CAUSES).default("unknown"),
    /** Which tracks the new take will have. */
    tracks: z.array(z.enum(TRACK_KINDS)).min(1).max(2),
  })
  .meta({ id: "BeginTake" });
export type BeginTakeRequest = z.infer<typeof beginTakeRequest>;

export const takeResource = z.object({ number: z.int().min(1), startedAt: instant }).meta({ id: "Take" });
export type TakeResource = z.infer<typeof takeResource>;

export const noteInterruptionRequest = z
  .object({
    take: z.int().min(1),
    kind: z.enum(TRACK_KINDS).nullable().meta({ description: "the track it concerns; null: all" }),
    fromMs: milliseconds.max(OPEN_END_MS).meta({ description: "media time of the take, milliseconds" }),
    toMs: milliseconds
      .max(OPEN_END_MS)
      .nullable()
      .meta({ description: "media time of the take, milliseconds; null: until the take ends" }),
    code: z.enum(SOURCE_GAP_CAUSES),
  })
  .refine(({ fromMs, toMs }) => toMs === null || toMs > fromMs, { error: "toMs must be after fromMs", path: ["toMs"] })
  .meta({ id: "NoteInterruption" });
export type NoteInterruptionRequest = z.infer<typeof noteInterruptionRequest>;

export const changeRecordingRequest = z
  .object({
    title: title.refine((text) => text !== "", { error: "must not be empty" }).optional(),
    pinned: z.boolean().optional(),
    retentionHours: retentionHours.optional(),
  })
  .meta({ id: "ChangeRecording" });
export type ChangeRecordingRequest = z.infer<typeof changeRecordingRequest>;

export const RECORDING_SORTS = ["newest", "oldest", "title", "longest", "largest"] as const;

export const listRecordingsQuery = z.object({
  q: z.string().max(200).optional().meta({ description: "words that the title must contain" }),
  sort: z.enum(RECORDING_SORTS).default("newest"),
  limit: z.coerce.number().int().min(1).max(200).default(60),
  cursor: z.string().max(100).optional().meta({ description: "`nextCursor` of the page before" }),
});
export type ListRecordingsQuery = z.infer<typeof listRecordingsQuery>;

export const recordingList = z
  .object({ recordings: z.array(recordingResource), nextCursor: z.string().nullable(), total: z.int() })
  .meta({ id: "RecordingList" });
export type RecordingList = z.infer<typeof recordingList>;

export const encoderList = z
  .object({
    encoders: z.array(
      z.object({
        name: z.string().meta({ description: "as FFmpeg has it" }),
        codec: z.enum(VIDEO_CODECS),
        hardware: z.string().nullable().meta({ description: "null: it runs on the processor" }),
        workers: z.int().min(1).meta({ description: "how many workers have it" }),
      }),
    ),
    hardware: z.enum(["off", "auto"]).meta({ description: "whether encoders of hardware are used" }),
    purposes: z.record(z.enum(PURPOSES), z.record(z.enum(SIZES), compileSettingsSchema.partial())).meta({
      description: "ready settings by what a recording is for, to be sent as `compileSettings`",
    }),
  })
  .meta({ id: "Encoders", description: "What pictures can be encoded with" });

export const storageStatus = z
  .object({
    /** low: nothing new begins; full: what runs is held back; missing: the recordings folder is not there. */
    state: z.enum(["ok", "low", "full", "missing"]),
    freeBytes: bytes,
  })
  .meta({ id: "Storage", description: "Room on the server's disk" });
export type StorageStatus = z.infer<typeof storageStatus>;

/** What the event streams send, each as one server-sent event named after its `type`. */
export type RecordingEvent =
  /** The whole resource, after any change and as the first event. */
  | { type: "recording"; recording: RecordingResource }
  | { type: "progress"; recordingId: string; progress: CompileProgress }
  | { type: "deleted"; recordingId: string }
  /** On the stream of all recordings: as the first event, and when the state is another one. */
  | ({ type: "storage" } & StorageStatus);

/** Every error of the API. */
export const errorBody = z
  .object({ code: z.string(), message: z.string(), requestId: z.string() })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .meta({ id: "Error" });
export type ErrorBody = z.infer<typeof errorBody>;
