/**
 * Version 1 of what crosses a recording socket (`WS /ws/video`, `WS /ws/audio`).
 *
 * Query: `session` (recording id; left out: one is made), `take` (number; left out: the first), `held` (`FROM-END`: bytes
 * of the track that the source still has and can send again, FROM being the last offset it heard acknowledged; then a
 * server that has just started need not trust what it finds behind FROM). Binary messages are the next bytes of the track. Text messages are those below. A client that sends binary messages alone is served: its
 * track is finished when it closes.
 */
import { z } from "zod";

/** Text messages are small; a longer one is refused before it is parsed. */
export const MAX_TEXT_MESSAGE_BYTES = 16 * 1024;

const offset = z.int().min(0);
const milliseconds = z.number().min(0).max(1e15);

/** Sent once, when the recorder has started, before its first byte; sent again after a reconnection, without harm. */
export const startMessage = z.object({
  type: z.literal("start"),
  /** `MediaRecorder.mimeType`, never the type that was asked for. */
  mimeType: z.string().max(200),
  /** `Date.now()` of the page at the start. */
  startedAtMs: milliseconds,
  /** Which constant of the clock estimate fits. */
  browser: z.enum(["chromium", "firefox", "safari", "other"]).default("other"),
});

/**
 * When the chunk that ends before `offset` was handed to the page. Both tracks of a take use the same clock
 * (`performance.now()` of one page); the lower envelope of these settles how far apart the two recorders started.
 */
export const clockMessage = z.object({
  type: z.literal("clock"),
  offset,
  perfMs: milliseconds,
});

/** The track is complete. Answered with `finished` once every byte is durable and the digest agrees. */
export const finishMessage = z.object({
  type: z.literal("finish"),
  offset,
  /** SHA-256 of the whole track, hex; checked when given. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

export const clientMessage = z.discriminatedUnion("type", [startMessage, clockMessage, finishMessage]);
export type ClientMessage = z.infer<typeof clientMessage>;
export type StartMessage = z.infer<typeof startMessage>;

export type ServerMessage =
  /** Send from byte `offset` on; all before it is durable. */
  | { type: "ready"; session: string; take: number; offset: number; maxMessageBytes: number }
  /** Everything before `offset` is durable and may be forgotten. */
  | { type: "ack"; offset: number }
  | { type: "finished"; offset: number; sha256: string | null }
  /** Followed by a close with the code of its kind (lib/domain/errors). */
  | { type: "error"; code: string; message: string; retry: boolean; expectedOffset?: number };

/** Close code of a server that goes away and comes back (RFC 6455 registry, 1012 "Service Restart"). */
export const CLOSE_COME_BACK = 1012;
/** Close code of a connection that another one of the same track replaced. */
export const CLOSE_REPLACED = 4408;
/** Close code after `finished`. */
export const CLOSE_DONE = 1000;

/**
 * One line of a track's clock file: the chunk that ends before byte `o` came at `p` milliseconds. A first line of the
 * other shape says whose clock it is.
 */
export const clockLine = z.union([
  z.object({ clock: z.enum(["page", "server"]), browser: z.string() }),
  z.object({ o: offset, p: z.number() }),
]);
export type ClockLine = z.infer<typeof clockLine>;
