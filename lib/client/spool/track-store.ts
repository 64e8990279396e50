/**
 * Where a track's bytes lie in the browser until the server has them: the port that OPFS and IndexedDB implement.
 *
 * What is written is enough to carry on after a crash of the tab: whose bytes they are, from which offset on they are
 * there, and when each chunk was handed over.
 */
import type { SourceGapCause } from "@/lib/domain/gap-causes";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { StartMessage } from "@/lib/protocol/ingest";

export interface TrackIdentity {
  recordingId: string;
  take: number;
  kind: TrackKind;
}

/** What is kept beside the bytes, under version 1; it is there before the first of them. */
export interface TrackFacts extends TrackIdentity {
  version: 1;
  /** Id of the user whose recording it is. */
  ownerId: string;
  /** What the recording was called when the take began. */
  title: string;
  browser: StartMessage["browser"];
  /** Why the take before this one ended; null: this is the first. */
  cause: SourceGapCause | null;
  /** Every track of the take, this one included. */
  takeTracks: TrackKind[];
  /** `MediaRecorder.mimeType`; "" until the first chunk */
  mimeType: string;
  /** `Date.now()` when the recorder started; 0 until then. */
  startedAtMs: number;
  /** The server has everything before it. Written now and then; the server's own answer is the truth. */
  ackedOffset: number;
  /** The recorder has ended: no bytes follow those that are stored. */
  isComplete: boolean;
  /** The user has ended the recording: no take follows. */
  isLast: boolean;
}

/** The facts that become known while recording. */
export type ChangingFacts = Pick<TrackFacts, "mimeType" | "startedAtMs" | "ackedOffset" | "isComplete" | "isLast">;

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

/** What is found of a track that an earlier page left. */
export interface StoredTrack {
  facts: TrackFacts;
  /** Bytes from here on are stored; the server has all before it. */
  startOffset: number;
  /** Behind the last stored byte. */
  endOffset: number;
  /** End and hand-over time of the stored chunks, ascending; see {@link TrackChunk}. */
  marks: { endOffset: number; perfMs: number }[];
}

/** One place that keeps tracks. */
export interface SpoolStorage {
  /** Makes an empty track. @throws {AppError} when nothing can be written here */
  createTrack(facts: TrackFacts): Promise<TrackStore>;
  /** The tracks that are here, also those that other pages are writing. @throws {AppError} */
  listTracks(): Promise<TrackIdentity[]>;
  /**
   * Opens what an earlier page left; nothing is appended to it. Only for who holds the recording (recording-locks.ts).
   *
   * @returns null when the page ended before it had written anything that can be used; then nothing is left of it
   * @throws {AppError} when it cannot be read
   */
  openTrack(identity: TrackIdentity): Promise<{ track: StoredTrack; store: TrackStore } | null>;
}

/** Pieces of a track in order of their offsets. */
interface Piece {
  startOffset: number;
  endOffset: number;
}

/**
 * What can be sent of stored pieces: the last run without a hole, for a hole is only left where the server had the bytes
 * before they were stored.
 *
 * @param ackedOffset where the track stands when there are no pieces
 */
export function lastRun(pieces: readonly Piece[], ackedOffset: number): Piece {
  const last = pieces.at(-1);
  if (last === undefined) return { startOffset: ackedOffset, endOffset: ackedOffset };
  let { startOffset } = last;
  for (const piece of pieces.slice(0, -1).reverse()) {
    if (piece.endOffset !== startOffset) break;
    startOffset = piece.startOffset;
  }
  return { startOffset, endOffset: last.endOffset };
}
