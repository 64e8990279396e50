/** What can be seen of a track on its way to the server. */

export type UploadPhase =
  /** Nothing has been recorded yet. */
  | "idle"
  | "connecting"
  | "connected"
  /** The connection is gone, or never came; the next attempt comes by itself, or is being made. */
  | "waiting"
  /** The server refuses, and will again: somebody has to do something first. */
  | "failed"
  /** The server has the whole track. */
  | "finished"
  | "aborted";

export interface UploadState {
  phase: UploadPhase;
  /** Everything before it is durable on the server, in bytes of the track. */
  ackedOffset: number;
  /** Bytes that the server does not have yet. */
  queuedBytes: number;
  /** What stands in the way, for the user; null when nothing does. */
  problem: { code: string; message: string } | null;
}
