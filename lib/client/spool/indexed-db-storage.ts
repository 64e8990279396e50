/** Tracks in IndexedDB, for browsers whose workers cannot write files in place. A row for each chunk. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { bytesMissing, storageError } from "@/lib/client/spool/storage-error";
import type { SpoolStorage, TrackFacts, TrackStore } from "@/lib/client/spool/track-store";

/** `{recordingId}/{take}/{kind}` */
type TrackName = string;

interface Schema extends DBSchema {
  tracks: { key: TrackName; value: TrackFacts };
  chunks: { key: [TrackName, number]; value: { bytes: Uint8Array<ArrayBuffer>; perfMs: number } };
}

export class IndexedDbStorage implements SpoolStorage {
  #opening: Promise<IDBPDatabase<Schema>> | null = null;

  async createTrack(facts: TrackFacts): Promise<TrackStore> {
    const name = `${facts.recordingId}/${facts.take}/${facts.kind}`;
    const kept = { ...facts };
    try {
      const database = await this.#open();
      await removeTrack(database, name);
      await database.put("tracks", kept, name);
      return {
        append: ({ offset, bytes, perfMs }) =>
          mapped(async () => void (await database.put("chunks", { bytes, perfMs }, [name, offset]))),
        read: (offset, maxBytes) => mapped(() => read(database, name, offset, maxBytes)),
        note: (changed) => mapped(async () => void (await database.put("tracks", Object.assign(kept, changed), name))),
        release: (offset) => mapped(() => release(database, name, offset)),
        remove: () => mapped(() => removeTrack(database, name)),
      };
    } catch (error) {
      throw storageError(error);
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#opening ??= openDB<Schema>("tapedeck-spool", 1, {
      upgrade(database) {
        database.createObjectStore("tracks");
        database.createObjectStore("chunks");
      },
    });
    return this.#opening;
  }
}

async function read(
  database: IDBPDatabase<Schema>,
  name: TrackName,
  offset: number,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const cursor = await chunkAt(database, name, offset);
  const bytes = cursor?.value.bytes.subarray(offset - cursor.key[1], offset - cursor.key[1] + maxBytes);
  if (bytes === undefined || bytes.length === 0) throw bytesMissing();
  return bytes;
}

/** Removes every chunk before the one that holds `offset`. */
async function release(database: IDBPDatabase<Schema>, name: TrackName, offset: number): Promise<void> {
  const cursor = await chunkAt(database, name, offset);
  // A range without a key in it is an error (Indexed Database API §2.9), not empty.
  if (cursor === null || cursor.key[1] === 0) return;
  await database.delete("chunks", IDBKeyRange.bound([name, 0], cursor.key, false, true));
}

/** The last chunk that begins at or before `offset`. */
async function chunkAt(database: IDBPDatabase<Schema>, name: TrackName, offset: number) {
  const range = IDBKeyRange.bound([name, 0], [name, offset]);
  return database.transaction("chunks").store.openCursor(range, "prev");
}

async function removeTrack(database: IDBPDatabase<Schema>, name: TrackName): Promise<void> {
  const transaction = database.transaction(["tracks", "chunks"], "readwrite");
  await transaction.objectStore("tracks").delete(name);
  await transaction.objectStore("chunks").delete(IDBKeyRange.bound([name, 0], [name, Number.MAX_SAFE_INTEGER]));
  await transaction.done;
}

async function mapped<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw storageError(error);
  }
}
