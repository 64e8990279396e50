/**
 * What crosses a socket of snapshots (`WS /api/focus/ws/{session_id}?enable_recording=true`).
 *
 * A binary message is a JPEG. For each, one `result` or `error` comes back. That is all a light client needs. One that
 * wants to lose nothing says `hello`, says before each JPEG with `frame` what it is, and keeps it until an `ack` names
 * it or a later one.
 */
import { z } from "zod";

const milliseconds = z.number().min(0).max(1e15);

/** Asks where to go on; answered with `ready`. */
export const helloMessage = z.object({ type: z.literal("hello") });

/** Belongs to the next binary message. */
export const frameMessage = z.object({
  type: z.literal("frame"),
  /** Counted by the source from 1, each higher than the one before; one that is there already is acknowledged again. */
  sequence: z.int().min(1),
  /** When it was taken, by a clock that only goes forward, since the epoch (`performance.timeOrigin + performance.now()`). */
  capturedMs: milliseconds,
  /** How long ago that is now. */
  ageMs: milliseconds,
});

/** The recording is over; answered with `finished` once all of it is durable. */
export const finishSnapshotsMessage = z.object({
  type: z.literal("finish"),
  /** When it ended, by the same clock. */
  endedMs: milliseconds,
  ageMs: milliseconds,
});

export const snapshotClientMessage = z.discriminatedUnion("type", [helloMessage, frameMessage, finishSnapshotsMessage]);
export type SnapshotClientMessage = z.infer<typeof snapshotClientMessage>;

/** What the shipped analyzer finds; another one may find anything that is JSON. */
export interface Detection {
  /** Share of the picture that changed since the one before, 0 to 1. */
  motion: number;
  /** Mean, 0 (black) to 1 (white). */
  brightness: number;
  /** Nothing has changed for some seconds. */
  frozen: boolean;
}

export interface RecordingFlags {
  /** Snapshots of this socket are to be recorded. */
  enabled: boolean;
  /** They are, now. */
  active: boolean;
}

export type SnapshotServerMessage =
  /** All snapshots up to `sequence` are durable; 0: none. */
  | { type: "ready"; session: string; recordingId: string | null; sequence: number; maxFrameBytes: number }
  | { type: "ack"; sequence: number }
  /** `detection` is null for a snapshot that was not analyzed in time. */
  | { type: "result"; sequence: number; detection: Record<string, unknown> | null; recording: RecordingFlags }
  /** With a sequence: that snapshot is refused, and the session goes on. Without: a close follows. */
  | { type: "error"; sequence?: number; code: string; message: string; retry: boolean; recording: RecordingFlags }
  | { type: "finished"; recordingId: string | null; frames: number; durationMs: number };

/** Longest side of what may be asked for as a resolution. */
const MAX_SIDE_PX = 4096;

/** `1920x1080`, even numbers. */
export const resolution = z
  .string()
  .regex(/^\d{2,4}x\d{2,4}$/, { error: "must be like 1920x1080" })
  .transform((text) => {
    const [width, height] = text.split("x").map(Number) as [number, number];
    return { width, height };
  })
  .refine((size) => Object.values(size).every((side) => side % 2 === 0 && side >= 16 && side <= MAX_SIDE_PX), {
    error: `must have even sides from 16 to ${MAX_SIDE_PX}`,
  });

export const MIN_FPS = 15;
export const MAX_FPS = 60;
export const SNAPSHOT_CODECS = ["avc1", "mp4v"] as const;
export type SnapshotCodec = (typeof SNAPSHOT_CODECS)[number];

const instant = z.iso.datetime().meta({ description: "ISO 8601, UTC" });

/** A recording of snapshots that runs. */
export const runningSnapshots = z
  .object({
    recordingId: z.string(),
    sessionId: z.string(),
    name: z.string(),
    subject: z.string(),
    startedAt: instant,
    /** Somebody is connected and sends. */
    connected: z.boolean(),
    snapshots: z.int().min(0).meta({ description: "how many have come" }),
    durationMs: z.int().min(0).meta({ description: "media time of the last one, milliseconds" }),
    width: z.int().nullable(),
    height: z.int().nullable(),
    detection: z.union([z.record(z.string(), z.unknown()), z.null()]).meta({ description: "of the last one analyzed" }),
  })
  .meta({ id: "RunningSnapshots" });
export type RunningSnapshots = z.infer<typeof runningSnapshots>;
