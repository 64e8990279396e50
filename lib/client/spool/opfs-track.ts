/**
 * One track in the origin private file system. Runs in a worker: only there may files be written in place.
 *
 *   spool/{recordingId}/{take}-{kind}/facts-0.json, facts-1.json   the facts, in turns: one of them is always whole
 *                                     clock.bin    for each chunk, its end offset and its perfMs, two little-endian doubles
 *                                     {offset}     bytes from that offset on, up to 8 MiB; released ones are removed
 *
 * Written bytes are with the operating system and survive the browser; only a power cut can take the last of them.
 */
import { bytesMissing, storageError } from "@/lib/client/spool/storage-error";
import {
  type ChangingFacts,
  lastRun,
  type StoredTrack,
  type TrackChunk,
  type TrackFacts,
  type TrackIdentity,
  type TrackStore,
} from "@/lib/client/spool/track-store";
import { AppError } from "@/lib/domain/errors";
import { TRACK_KINDS } from "@/lib/domain/recording-state";

/** Small enough that room comes back while recording, large enough to be few files. */
const SEGMENT_BYTES = 8 * 1024 ** 2;
const CLOCK_ENTRY_BYTES = 16;

/** `FileSystemSyncAccessHandle`, which TypeScript knows in workers only (File System Standard §2.6). */
interface SyncAccessHandle {
  read(buffer: ArrayBufferView, options: { at: number }): number;
  write(buffer: ArrayBufferView, options: { at: number }): number;
  truncate(size: number): void;
  close(): void;
}

interface Segment {
  startOffset: number;
  endOffset: number;
}

interface Folders {
  /** Of the recording. */
  parent: FileSystemDirectoryHandle;
  /** Of the track. */
  folder: FileSystemDirectoryHandle;
}

/** What a file of facts holds; the one with the higher number is newer. */
interface FactsFile {
  number: number;
  facts: TrackFacts;
}

export class OpfsTrack implements TrackStore {
  readonly #folders: Folders;
  readonly #facts: TrackFacts;
  #factsNumber: number;
  /** null: the track was only opened to be read. */
  readonly #clock: SyncAccessHandle | null;
  #clockBytes = 0;
  readonly #segments: Segment[];
  /** The last segment, open for writing. */
  #tail: SyncAccessHandle | null = null;

  private constructor(
    folders: Folders,
    { number, facts }: FactsFile,
    clock: SyncAccessHandle | null,
    segments: Segment[] = [],
  ) {
    this.#folders = folders;
    this.#factsNumber = number;
    this.#facts = facts;
    this.#clock = clock;
    this.#segments = segments;
  }

  /** Makes an empty track; one of the same name is replaced. @throws {AppError} when the browser refuses */
  static async create(facts: TrackFacts): Promise<OpfsTrack> {
    try {
      const parent = await (await spoolFolder()).getDirectoryHandle(facts.recordingId, { create: true });
      const name = folderName(facts);
      await parent.removeEntry(name, { recursive: true }).catch(() => {});
      const folder = await parent.getDirectoryHandle(name, { create: true });
      const clock = await openForWriting(folder, "clock.bin");
      const track = new OpfsTrack({ parent, folder }, { number: 0, facts }, clock);
      await track.note(facts);
      return track;
    } catch (error) {
      throw storageError(error);
    }
  }

  /** See {@link SpoolStorage.openTrack}. */
  static async open(identity: TrackIdentity): Promise<{ track: StoredTrack; store: OpfsTrack } | null> {
    try {
      const parent = await (await spoolFolder()).getDirectoryHandle(identity.recordingId);
      const folder = await parent.getDirectoryHandle(folderName(identity));
      const newest = await newestFacts(folder);
      if (newest === null) {
        await removeFolder(parent, identity);
        return null;
      }
      const segments = await readSegments(folder);
      const { facts } = newest;
      const run = lastRun(segments, facts.ackedOffset);
      const marks = (await readClock(folder)).filter(({ endOffset }) => endOffset > run.startOffset);
      return {
        track: { facts: { ...facts }, ...run, marks },
        store: new OpfsTrack({ parent, folder }, newest, null, segments),
      };
    } catch (error) {
      throw storageError(error);
    }
  }

  async append({ offset, bytes, perfMs }: TrackChunk): Promise<void> {
    const { folder } = this.#folders;
    try {
      let segment = this.#segments.at(-1);
      if (segment === undefined || segment.endOffset !== offset || offset - segment.startOffset >= SEGMENT_BYTES) {
        const next = await openForWriting(folder, String(offset));
        // In one go: until then the last segment is read through its open file, from then on as those before it.
        this.#tail?.close();
        this.#tail = next;
        segment = { startOffset: offset, endOffset: offset };
        this.#segments.push(segment);
      }
      write(this.#tail as SyncAccessHandle, bytes, offset - segment.startOffset);
      segment.endOffset += bytes.length;
      const entry = new DataView(new ArrayBuffer(CLOCK_ENTRY_BYTES));
      entry.setFloat64(0, segment.endOffset, true);
      entry.setFloat64(8, perfMs, true);
      write(this.#clock as SyncAccessHandle, entry, this.#clockBytes);
      this.#clockBytes += entry.byteLength;
    } catch (error) {
      throw storageError(error);
    }
  }

  async read(offset: number, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const segment = this.#segments.find(({ startOffset, endOffset }) => startOffset <= offset && offset < endOffset);
    if (segment === undefined) throw bytesMissing();
    const from = offset - segment.startOffset;
    const length = Math.min(maxBytes, segment.endOffset - offset);
    try {
      if (this.#tail !== null && segment === this.#segments.at(-1)) {
        const bytes = new Uint8Array(length);
        if (this.#tail.read(bytes, { at: from }) !== length) throw bytesMissing();
        return bytes;
      }
      const file = await (await this.#folders.folder.getFileHandle(String(segment.startOffset))).getFile();
      const bytes = new Uint8Array(await file.slice(from, from + length).arrayBuffer());
      if (bytes.length !== length) throw bytesMissing();
      return bytes;
    } catch (error) {
      throw storageError(error);
    }
  }

  async note(facts: ChangingFacts): Promise<void> {
    this.#factsNumber += 1;
    const file = await openForWriting(this.#folders.folder, `facts-${this.#factsNumber % 2}.json`);
    try {
      const content: FactsFile = { number: this.#factsNumber, facts: Object.assign(this.#facts, facts) };
      const text = new TextEncoder().encode(JSON.stringify(content));
      file.truncate(text.length);
      write(file, text, 0);
    } finally {
      file.close();
    }
  }

  async release(offset: number): Promise<void> {
    // The last segment stays: it is open, and more is to come.
    while (this.#segments.length > 1 && (this.#segments[0] as Segment).endOffset <= offset) {
      const { startOffset } = this.#segments.shift() as Segment;
      await this.#folders.folder.removeEntry(String(startOffset));
    }
  }

  async remove(): Promise<void> {
    this.#tail?.close();
    this.#clock?.close();
    await removeFolder(this.#folders.parent, this.#facts);
  }
}

/** Every track that is there, by the names of the folders. Needs no worker. */
export async function listOpfsTracks(): Promise<TrackIdentity[]> {
  const found: TrackIdentity[] = [];
  for await (const [recordingId, parent] of (await spoolFolder()).entries()) {
    if (parent.kind !== "directory") continue;
    for await (const name of (parent as FileSystemDirectoryHandle).keys()) {
      const [take, kind] = name.split("-");
      const known = TRACK_KINDS.find((each) => each === kind);
      if (known !== undefined && Number.isSafeInteger(Number(take))) {
        found.push({ recordingId, take: Number(take), kind: known });
      }
    }
  }
  return found;
}

function folderName({ take, kind }: Omit<TrackIdentity, "recordingId">): string {
  return `${take}-${kind}`;
}

async function spoolFolder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle("spool", { create: true });
}

async function removeFolder(parent: FileSystemDirectoryHandle, identity: TrackIdentity): Promise<void> {
  await parent.removeEntry(folderName(identity), { recursive: true });
  // The recording's own folder goes with its last track; until then it is not empty, and stays.
  await (await spoolFolder()).removeEntry(identity.recordingId).catch(() => {});
}

/** @returns null when neither file is whole */
async function newestFacts(folder: FileSystemDirectoryHandle): Promise<FactsFile | null> {
  let newest: FactsFile | null = null;
  for (const name of ["facts-0.json", "facts-1.json"]) {
    try {
      const file = await (await folder.getFileHandle(name)).getFile();
      const read = JSON.parse(await file.text()) as FactsFile;
      if (read.facts.version === 1 && read.number > (newest?.number ?? 0)) newest = read;
    } catch {
      // Not there yet, or the page ended while it was written.
    }
  }
  return newest;
}

/** The segments with bytes in them, ascending. */
async function readSegments(folder: FileSystemDirectoryHandle): Promise<Segment[]> {
  const segments: Segment[] = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind !== "file" || !/^\d+$/.test(name)) continue;
    const { size } = await (handle as FileSystemFileHandle).getFile();
    if (size > 0) segments.push({ startOffset: Number(name), endOffset: Number(name) + size });
  }
  return segments.sort((one, other) => one.startOffset - other.startOffset);
}

async function readClock(folder: FileSystemDirectoryHandle): Promise<StoredTrack["marks"]> {
  const handle = await folder.getFileHandle("clock.bin", { create: true });
  const entries = new DataView(await (await handle.getFile()).arrayBuffer());
  // What is behind the last whole entry was being written when the page ended.
  return Array.from({ length: Math.floor(entries.byteLength / CLOCK_ENTRY_BYTES) }, (_, index) => ({
    endOffset: entries.getFloat64(index * CLOCK_ENTRY_BYTES, true),
    perfMs: entries.getFloat64(index * CLOCK_ENTRY_BYTES + 8, true),
  }));
}

async function openForWriting(folder: FileSystemDirectoryHandle, name: string): Promise<SyncAccessHandle> {
  const handle = (await folder.getFileHandle(name, { create: true })) as FileSystemFileHandle & {
    createSyncAccessHandle(): Promise<SyncAccessHandle>;
  };
  return handle.createSyncAccessHandle();
}

function write(file: SyncAccessHandle, bytes: ArrayBufferView, at: number): void {
  if (file.write(bytes, { at }) === bytes.byteLength) return;
  throw new AppError("storage_full", "spool_full", "This browser has no room left for recordings.");
}
