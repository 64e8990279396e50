/** Tracks in IndexedDB, for browsers whose workers cannot write files in place. A row for each chunk. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { bytesMissing, storageError } from "@/lib/client/spool/storage-error";
import {
  lastRun,
  type SpoolStorage,
  type StoredTrack,
  type TrackFacts,
  type TrackIdentity,
  type TrackStore,
} from "@/lib/client/spool/track-store";

/** `{recordingId}/{take}/{kind}` */
type TrackName = string;

interface Schema extends DBSchema {
  tracks: { key: TrackName; value: TrackFacts };
  chunks: { key: [TrackName, number]; value: { bytes: Uint8Array<ArrayBuffer>; perfMs: number } };
}

export class IndexedDbStorage implements SpoolStorage {
  #opening: Promise<IDBPDatabase<Schema>> | null = null;

  createTrack(facts: TrackFacts): Promise<TrackStore> {
    return mapped(async () => {
      const database = await this.#open();
      const name = nameOf(facts);
      await removeTrack(database, name);
      await database.put("tracks", facts, name);
      return storeOf(database, { ...facts });
    });
  }

  listTracks(): Promise<TrackIdentity[]> {
    return mapped(async () => (await this.#open()).getAll("tracks"));
  }

  openTrack(identity: TrackIdentity): Promise<{ track: StoredTrack; store: TrackStore } | null> {
    return mapped(async () => {
      const database = await this.#open();
      const name = nameOf(identity);
      const facts = await database.get("tracks", name);
      if (facts === undefined) return null;
      // A track holds what the server has not taken; a row of it is a quarter of a second.
      const pieces: { startOffset: number; endOffset: number; perfMs: number }[] = [];
      let cursor = await database.transaction("chunks").store.openCursor(rangeOf(name));
      while (cursor !== null) {
        const [, startOffset] = cursor.key;
        const { bytes, perfMs } = cursor.value;
        pieces.push({ startOffset, endOffset: startOffset + bytes.length, perfMs });
        cursor = await cursor.continue();
      }
      const run = lastRun(pieces, facts.ackedOffset);
      const marks = pieces.filter(({ endOffset }) => endOffset > run.startOffset);
      return { track: { facts: { ...facts }, ...run, marks }, store: storeOf(database, facts) };
    });
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

function storeOf(database: IDBPDatabase<Schema>, facts: TrackFacts): TrackStore {
  const name = nameOf(facts);
  return {
    append: ({ offset, bytes, perfMs }) =>
      mapped(async () => void (await database.put("chunks", { bytes, perfMs }, [name, offset]))),
    read: (offset, maxBytes) => mapped(() => read(database, name, offset, maxBytes)),
    note: (changed) => mapped(async () => void (await database.put("tracks", Object.assign(facts, changed), name))),
    release: (offset) => mapped(() => release(database, name, offset)),
    remove: () => mapped(() => removeTrack(database, name)),
  };
}

function nameOf({ recordingId, take, kind }: TrackIdentity): TrackName {
  return `${recordingId}/${take}/${kind}`;
}

function rangeOf(name: TrackName): IDBKeyRange {
  return IDBKeyRange.bound([name, 0], [name, Number.MAX_SAFE_INTEGER]);
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
  await transaction.objectStore("chunks").delete(rangeOf(name));
  await transaction.done;
}

async function mapped<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw storageError(error);
  }
}
