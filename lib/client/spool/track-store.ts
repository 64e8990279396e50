/**
 * Where a track's bytes lie in the browser until the server has them: the port that OPFS and IndexedDB implement.
 *
 * What is written is enough to carry on after a crash of the tab: whose bytes they are, from which offset on they are
 * there, and when each chunk was handed over.
 */
import type { TrackKind } from "@/lib/domain/recording-state";

export interface TrackIdentity {
  recordingId: string;
  take: number;
  kind: TrackKind;
}

/** What is kept beside the bytes, under version 1. */
export interface TrackFacts {
  version: 1;
  recordingId: string;
  take: number;
  kind: TrackKind;
  /** `MediaRecorder.mimeType`; "" until the first chunk */
  mimeType: string;
  /** `Date.now()` when the recorder started; 0 until then. */
  startedAtMs: number;
  /** The server has everything before it. Written now and then; the server's own answer is the truth. */
  ackedOffset: number;
  /** The recorder has ended: no bytes follow those that are stored. */
  isComplete: boolean;
}

/** The facts that become known while recording. */
export type ChangingFacts = Pick<TrackFacts, "mimeType" | "startedAtMs" | "ackedOffset" | "isComplete">;

/** Bytes as the recorder handed them over. */
export interface TrackChunk {
  /** Offset of the first byte in the track. */
  offset: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** `performance.now()` when they were handed over. */
  perfMs: number;
}

/** The stored bytes of one track. Reads may come at any time; the other calls are made one after another. */
export interface TrackStore {
  /**
   * Stores a chunk; it outlives the tab when this resolves. Offsets ascend, and leave out only what was released.
   *
   * @throws {AppError} storage_full when the browser gives no more room, unavailable when it refuses
   */
  append(chunk: TrackChunk): Promise<void>;
  /** @returns 1 to `maxBytes` bytes from `offset` on. @throws {AppError} not_found when they are not there */
  read(offset: number, maxBytes: number): Promise<Uint8Array<ArrayBuffer>>;
  note(facts: ChangingFacts): Promise<void>;
  /** Everything before `offset` may go. */
  release(offset: number): Promise<void>;
  /** Removes the track and its facts. */
  remove(): Promise<void>;
}

/** One place that keeps tracks. */
export interface SpoolStorage {
  /** Makes an empty track. @throws {AppError} when nothing can be written here */
  createTrack(facts: TrackFacts): Promise<TrackStore>;
}
