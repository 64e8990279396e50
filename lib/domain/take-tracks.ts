/** Which tracks each take of a recording was to have, and which it lacks because what they were made of had been lost. */
import { type GapCause, gapCause } from "@/lib/domain/gap-causes";
import { TRACK_KINDS, type TrackKind } from "@/lib/domain/recording-state";

/** What a source announced of a take. */
export interface AnnouncedTake {
  number: number;
  /** Why the take before it ended; null: it is the first. */
  cause: string | null;
  /** Comma-separated kinds; empty: whatever comes; null: as the recording says. */
  expectedTracks: string | null;
}

/** A take that goes on without one of the tracks that the takes before it had. */
export interface LostTrack {
  takeNumber: number;
  kind: TrackKind;
  code: GapCause;
}

/** As {@link AnnouncedTake.expectedTracks} has them: each once. */
export function joinKinds(kinds: readonly TrackKind[]): string {
  return [...new Set(kinds)].join(",");
}

function splitKinds(text: string): TrackKind[] {
  const words = text.split(",");
  return TRACK_KINDS.filter((kind) => words.includes(kind));
}

/** The kinds that were announced for a take; what the recording announced, where the take says nothing. */
export function expectedKinds(
  recording: { expectedTracks: string; takes: readonly AnnouncedTake[] },
  takeNumber: number,
): TrackKind[] {
  const take = recording.takes.find(({ number }) => number === takeNumber);
  return splitKinds(take?.expectedTracks ?? recording.expectedTracks);
}

/**
 * The tracks that takes lack since a device was lost or a share ended, until a take has them again. A page that was closed
 * and opened again had its devices chosen anew: what a take lacks from then on, nobody misses.
 *
 * @param takes in their order
 */
export function lostTracks(takes: readonly AnnouncedTake[]): LostTrack[] {
  const lost = new Map<TrackKind, GapCause>();
  let before: TrackKind[] = [];
  return takes.flatMap(({ number, cause, expectedTracks }) => {
    const kinds = splitKinds(expectedTracks ?? "");
    // Nothing was announced: there is nothing to compare.
    if (kinds.length === 0 || cause === "page_closed") lost.clear();
    else if (cause === "device_lost" || cause === "share_ended") {
      for (const kind of before) if (!kinds.includes(kind)) lost.set(kind, gapCause(cause));
    }
    for (const kind of kinds) lost.delete(kind);
    before = kinds;
    return [...lost].map(([kind, code]) => ({ takeNumber: number, kind, code }));
  });
}
