/**
 * One track in the origin private file system. Runs in a worker: only there may files be written in place.
 *
 *   spool/{recordingId}/{take}-{kind}/track.json   the facts
 *                                     clock.bin    for each chunk, its end offset and its perfMs, two little-endian doubles
 *                                     {offset}     bytes from that offset on, up to 8 MiB; released ones are removed
 *
 * Written bytes are with the operating system and survive the browser; only a power cut can take the last of them.
 */
import { bytesMissing, storageError } from "@/lib/client/spool/storage-error";
import type { ChangingFacts, TrackChunk, TrackFacts, TrackIdentity, TrackStore } from "@/lib/client/spool/track-store";
import { AppError } from "@/lib/domain/errors";

/** Small enough that room comes back while recording, large enough to be few files. */
const SEGMENT_BYTES = 8 * 1024 ** 2;

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

export class OpfsTrack implements TrackStore {
  readonly #parent: FileSystemDirectoryHandle;
  readonly #folder: FileSystemDirectoryHandle;
  readonly #facts: TrackFacts;
  readonly #clock: SyncAccessHandle;
  #clockBytes = 0;
  readonly #segments: Segment[] = [];
  /** The last segment, open for writing. */
  #tail: SyncAccessHandle | null = null;

  private constructor(
    parent: FileSystemDirectoryHandle,
    folder: FileSystemDirectoryHandle,
    facts: TrackFacts,
    clock: SyncAccessHandle,
  ) {
    this.#parent = parent;
    this.#folder = folder;
    this.#facts = facts;
    this.#clock = clock;
  }

  /** Makes an empty track; one of the same name is replaced. @throws {AppError} when the browser refuses */
  static async create(facts: TrackFacts): Promise<OpfsTrack> {
    try {
      const parent = await (await spoolFolder()).getDirectoryHandle(facts.recordingId, { create: true });
      const name = folderName(facts);
      await parent.removeEntry(name, { recursive: true }).catch(() => {});
      const folder = await parent.getDirectoryHandle(name, { create: true });
      const track = new OpfsTrack(parent, folder, facts, await openForWriting(folder, "clock.bin"));
      await track.note(facts);
      return track;
    } catch (error) {
      throw storageError(error);
    }
  }

  async append({ offset, bytes, perfMs }: TrackChunk): Promise<void> {
    try {
      let segment = this.#segments.at(-1);
      if (segment === undefined || segment.endOffset !== offset || offset - segment.startOffset >= SEGMENT_BYTES) {
        this.#tail?.close();
        this.#tail = await openForWriting(this.#folder, String(offset));
        segment = { startOffset: offset, endOffset: offset };
        this.#segments.push(segment);
      }
      write(this.#tail as SyncAccessHandle, bytes, offset - segment.startOffset);
      segment.endOffset += bytes.length;
      const entry = new DataView(new ArrayBuffer(16));
      entry.setFloat64(0, segment.endOffset, true);
      entry.setFloat64(8, perfMs, true);
      write(this.#clock, entry, this.#clockBytes);
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
      if (segment === this.#segments.at(-1)) {
        const bytes = new Uint8Array(length);
        if ((this.#tail as SyncAccessHandle).read(bytes, { at: from }) !== length) throw bytesMissing();
        return bytes;
      }
      const file = await (await this.#folder.getFileHandle(String(segment.startOffset))).getFile();
      const bytes = new Uint8Array(await file.slice(from, from + length).arrayBuffer());
      if (bytes.length !== length) throw bytesMissing();
      return bytes;
    } catch (error) {
      throw storageError(error);
    }
  }

  async note(facts: ChangingFacts): Promise<void> {
    const file = await openForWriting(this.#folder, "track.json");
    try {
      const text = new TextEncoder().encode(JSON.stringify(Object.assign(this.#facts, facts)));
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
      await this.#folder.removeEntry(String(startOffset));
    }
  }

  async remove(): Promise<void> {
    this.#tail?.close();
    this.#clock.close();
    await this.#parent.removeEntry(folderName(this.#facts), { recursive: true });
    // The recording's own folder goes with its last track; until then it is not empty, and stays.
    await (await spoolFolder()).removeEntry(this.#facts.recordingId).catch(() => {});
  }
}

function folderName({ take, kind }: Omit<TrackIdentity, "recordingId">): string {
  return `${take}-${kind}`;
}

async function spoolFolder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle("spool", { create: true });
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
