/** Finds the best place this browser has for a track (OPFS, else IndexedDB, else none), and what earlier pages left. */
import { IndexedDbStorage } from "@/lib/client/spool/indexed-db-storage";
import { OpfsStorage } from "@/lib/client/spool/opfs-storage";
import { storageError } from "@/lib/client/spool/storage-error";
import type { SpoolStorage, StoredTrack, TrackFacts, TrackIdentity, TrackStore } from "@/lib/client/spool/track-store";
import type { AppError } from "@/lib/domain/errors";

const makers: (() => SpoolStorage)[] = [
  () => {
    if (!("getDirectory" in (navigator.storage ?? {}))) throw new Error("no origin private file system");
    return new OpfsStorage();
  },
  () => new IndexedDbStorage(),
];
/** Made at the first use, one of each for the page. */
const made: SpoolStorage[] = [];

/**
 * @returns the store, or why there is none: then the track has to stay in memory
 */
export async function openTrackStore(facts: TrackFacts): Promise<{ store: TrackStore } | { failure: AppError }> {
  let failure = storageError(new Error("nothing to store in"));
  for (const [index, make] of makers.entries()) {
    try {
      return { store: await (made[index] ??= make()).createTrack(facts) };
    } catch (error) {
      failure = storageError(error);
    }
  }
  return { failure };
}

/** A track that is stored, and where. */
export interface FoundTrack extends TrackIdentity {
  open(): Promise<{ track: StoredTrack; store: TrackStore } | null>;
}

/** Every track that is stored in this browser, also those that other pages are writing; see {@link SpoolStorage}. */
export async function findStoredTracks(): Promise<FoundTrack[]> {
  const found = await Promise.all(
    makers.map(async (make, index): Promise<FoundTrack[]> => {
      try {
        const storage = (made[index] ??= make());
        const tracks = await storage.listTracks();
        return tracks.map(({ recordingId, take, kind }) => {
          const identity = { recordingId, take, kind };
          return { ...identity, open: () => storage.openTrack(identity) };
        });
      } catch {
        // Where nothing can be read, nothing can have been left.
        return [];
      }
    }),
  );
  return found.flat();
}
