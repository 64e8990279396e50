/** Finds the best place this browser has for a track: OPFS, else IndexedDB, else none. */
import { IndexedDbStorage } from "@/lib/client/spool/indexed-db-storage";
import { OpfsStorage } from "@/lib/client/spool/opfs-storage";
import { storageError } from "@/lib/client/spool/storage-error";
import type { SpoolStorage, TrackFacts, TrackStore } from "@/lib/client/spool/track-store";
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
      made[index] ??= make();
      return { store: await made[index].createTrack(facts) };
    } catch (error) {
      failure = storageError(error);
    }
  }
  return { failure };
}
