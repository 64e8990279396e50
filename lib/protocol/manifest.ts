/**
 * The manifest: what a recording consists of, as a file in its folder. It is written when the recording was stopped,
 * became ready, or lost raw tracks to retention, from the files as they were on disk then; so a folder can be checked
 * without the database, and the database against the folder.
 */
import { z } from "zod";
import { GAP_CAUSE_CODES } from "@/lib/domain/gap-causes";
import { TRACK_KINDS } from "@/lib/domain/recording-state";

const instant = z.iso.datetime().meta({ description: "ISO 8601, UTC" });
const bytes = z.int().min(0).meta({ description: "bytes, of the file when the manifest was written" });
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: "SHA-256 of the file when the manifest was written, hex" });
const milliseconds = z.int().min(0).meta({ description: "milliseconds" });

export const manifestTake = z.object({
  number: z.int().min(1),
  startedAt: instant.meta({ description: "by the server's clock" }),
  cause: z.enum(GAP_CAUSE_CODES).nullable().meta({ description: "what ended the take before it; null: the first" }),
  fromMs: milliseconds
    .nullable()
    .meta({ description: "where it begins in the compiled file; null: not compiled, or nothing of it is in it" }),
});

export const manifestTrack = z.object({
  take: z.int().min(1),
  kind: z.enum(TRACK_KINDS),
  filename: z.string().meta({ description: "in the folder of the manifest" }),
  mimeType: z.string().nullable().meta({ description: "as the source named it" }),
  /** Of a track that was removed: what they were last known to be, so that a copy elsewhere can still be told. */
  sizeBytes: bytes,
  sha256: sha256.nullable().meta({ description: "null: the file was not there, and no digest of it is known" }),
  removedAt: instant.nullable().meta({ description: "when retention removed the file; null: it is to be there" }),
});

export const manifestOutput = z.object({
  kind: z.string().meta({ description: "mp4 or thumbnail" }),
  filename: z.string().meta({ description: "in the folder of the manifest" }),
  contentType: z.string(),
  sizeBytes: bytes,
  sha256,
  durationMs: milliseconds.nullable(),
});

export const manifestGap = z.object({
  kind: z.enum(TRACK_KINDS).nullable().meta({ description: "the track it concerns; null: all" }),
  fromMs: milliseconds.meta({ description: "media time of the compiled file" }),
  toMs: milliseconds.meta({ description: "media time of the compiled file; as fromMs where the time was cut out" }),
  code: z.enum(GAP_CAUSE_CODES),
  cause: z.string().meta({ description: "the cause in words" }),
});

/** A track whose file is not there when the manifest is written is in it with 0 bytes and without a digest. */
export const recordingManifest = z
  .object({
    version: z.literal(1),
    recordingId: z.uuid(),
    writtenAt: instant,
    takes: z.array(manifestTake),
    tracks: z.array(manifestTrack),
    outputs: z.array(manifestOutput),
    gaps: z.array(manifestGap),
  })
  .meta({ id: "Manifest", description: "What a recording consists of; manifest.json in its folder" });
export type RecordingManifest = z.infer<typeof recordingManifest>;
