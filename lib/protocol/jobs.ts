/** What the queue carries. The database is the truth; a job only says "look at this recording". */
import { z } from "zod";
import { EXTRA_KINDS } from "@/lib/domain/extras";
import { compileProgress } from "@/lib/protocol/recordings";

export const COMPILE_QUEUE = "compile";
/** Compilations that take long (lib/domain/compile-work): a worker does them beside those of the other queue. */
export const LONG_COMPILE_QUEUE = "compile-long";
export const EXTRAS_QUEUE = "extras";
/** Extras that take long: beside those of the other queue. */
export const LONG_EXTRAS_QUEUE = "extras-long";
export const MAINTENANCE_QUEUE = "maintenance";
/** Compiling while it is recorded, and looking afterwards at what came of it. */
export const FOLLOW_QUEUE = "follow";
export const CHECK_QUEUE = "check";
/** Redis channel on which processes tell each other what changed; see lib/server/queue/change-feed. */
export const CHANGES_CHANNEL = "tapedeck:changes";

export const compileJob = z.object({ recordingId: z.string(), requestedAtMs: z.int() });
export type CompileJob = z.infer<typeof compileJob>;

/** One job for a request to compile: asking twice for the same one adds nothing. */
export function compileJobId({ recordingId, requestedAtMs }: CompileJob): string {
  return `compile-${recordingId}-${requestedAtMs}`;
}

export const extraJob = z.object({ recordingId: z.string(), kind: z.enum(EXTRA_KINDS), readyAtMs: z.int() });
export type ExtraJob = z.infer<typeof extraJob>;

/** One job for each extra of each compilation. */
export function extraJobId({ recordingId, kind, readyAtMs }: ExtraJob): string {
  return `extra-${recordingId}-${kind}-${readyAtMs}`;
}

/** Pieces of a long picture are being made in a folder of the recording's work folder: who has time may help. */
export const PIECE_QUEUE = "pieces";
export const pieceJob = z.object({ recordingId: z.string(), folder: z.string() });
export type PieceJob = z.infer<typeof pieceJob>;

/** Of both: the recording it is about. */
export const followJob = z.object({ recordingId: z.string() });
export type FollowJob = z.infer<typeof followJob>;

export const MJPEG_QUEUE = "mjpeg";
export const mjpegJob = z.object({ captureId: z.string() });
export type MjpegJob = z.infer<typeof mjpegJob>;

export const UPLOAD_QUEUE = "upload";
export const uploadJob = z.object({ segmentId: z.string() });
export type UploadJob = z.infer<typeof uploadJob>;

export const maintenanceJob = z.object({ task: z.enum(["cleanup"]) });

export const change = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("changed"), recordingId: z.string(), ownerId: z.string() }),
  z.object({ kind: z.literal("deleted"), recordingId: z.string(), ownerId: z.string() }),
  z.object({
    ...{ kind: z.literal("extra_progress"), recordingId: z.string(), ownerId: z.string() },
    ...{ extra: z.enum(EXTRA_KINDS), fraction: z.number().min(0).max(1) },
  }),
  z.object({ kind: z.literal("progress"), recordingId: z.string(), ownerId: z.string(), progress: compileProgress }),
]);
export type Change = z.infer<typeof change>;
