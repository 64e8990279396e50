/** What the page and the worker that owns the OPFS files say to each other: numbered calls, and their answers. */
import type { ChangingFacts, StoredTrack, TrackChunk, TrackFacts, TrackIdentity } from "@/lib/client/spool/track-store";
import type { ErrorKind } from "@/lib/domain/errors";

/** `track` is a number the page gives to each track it makes or opens. */
export type OpfsCall =
  | { call: "create"; track: number; facts: TrackFacts }
  | { call: "open"; track: number; identity: TrackIdentity }
  | { call: "append"; track: number; chunk: TrackChunk }
  | { call: "read"; track: number; offset: number; maxBytes: number }
  | { call: "note"; track: number; facts: ChangingFacts }
  | { call: "release"; track: number; offset: number }
  | { call: "remove"; track: number };

export type OpfsRequest = OpfsCall & { id: number };

/** Bytes of `read`; of `open` what was found, null for nothing; of all else undefined. */
export type OpfsResult = Uint8Array<ArrayBuffer> | StoredTrack | null | undefined;

export type OpfsAnswer =
  | { id: number; result: OpfsResult }
  | { id: number; error: { kind: ErrorKind; code: string; message: string; detail?: string } };
