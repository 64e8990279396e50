import { afterEach, expect, test, vi } from "vitest";
import { OpfsTrack } from "@/lib/client/spool/opfs-track";
import type { TrackFacts } from "@/lib/client/spool/track-store";

const MIB = 1024 ** 2;
const FACTS: TrackFacts = {
  recordingId: "r",
  take: 1,
  kind: "video",
  version: 1,
  ownerId: "u",
  title: "",
  browser: "chromium",
  cause: null,
  takeTracks: ["video"],
  mimeType: "",
  startedAtMs: 0,
  ackedOffset: 0,
  isComplete: false,
  isLast: false,
};

/** A file as the File System Standard has it: a handle that is closed throws, and no second one opens beside it. */
class FakeFile {
  bytes = new Uint8Array(0);
  isOpen = false;

  async getFile() {
    const { bytes } = this;
    return { size: bytes.length, slice: (from: number, to: number) => new Blob([bytes.slice(from, to)]) };
  }

  async createSyncAccessHandle() {
    // What takes its time in a browser that has other things to do.
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.isOpen) throw new DOMException("open already", "NoModificationAllowedError");
    this.isOpen = true;
    let isClosed = false;
    const expectOpen = () => {
      if (isClosed) throw new DOMException("closed", "InvalidStateError");
    };
    return {
      read: (into: Uint8Array, { at }: { at: number }) => {
        expectOpen();
        const found = this.bytes.subarray(at, at + into.length);
        into.set(found);
        return found.length;
      },
      write: (from: ArrayBufferView, { at }: { at: number }) => {
        expectOpen();
        const larger = new Uint8Array(Math.max(this.bytes.length, at + from.byteLength));
        larger.set(this.bytes);
        larger.set(new Uint8Array(from.buffer, from.byteOffset, from.byteLength), at);
        this.bytes = larger;
        return from.byteLength;
      },
      truncate: (size: number) => {
        this.bytes = this.bytes.slice(0, size);
      },
      close: () => {
        isClosed = true;
        this.isOpen = false;
      },
    };
  }
}

class FakeFolder {
  readonly #folders = new Map<string, FakeFolder>();
  readonly #files = new Map<string, FakeFile>();

  async getDirectoryHandle(name: string): Promise<FakeFolder> {
    return this.#folders.get(name) ?? this.#folders.set(name, new FakeFolder()).get(name) ?? this;
  }

  async getFileHandle(name: string): Promise<FakeFile> {
    const file = this.#files.get(name) ?? new FakeFile();
    this.#files.set(name, file);
    return file;
  }

  async removeEntry(name: string): Promise<void> {
    this.#folders.delete(name);
    this.#files.delete(name);
  }
}

afterEach(() => vi.unstubAllGlobals());

test("what is stored can be read at any time, also while the next file is being opened", async () => {
  const root = new FakeFolder();
  vi.stubGlobal("navigator", { storage: { getDirectory: async () => root } });
  const track = await OpfsTrack.create(FACTS);
  const first = new Uint8Array(8 * MIB).fill(7);
  await track.append({ offset: 0, bytes: first, perfMs: 1 });
  const appending = track.append({ offset: first.length, bytes: new Uint8Array(10).fill(8), perfMs: 2 });
  for (let waited = 0; waited < 40; waited += 5) {
    expect(await track.read(5 * MIB, 2)).toEqual(Uint8Array.of(7, 7));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await appending;
  expect(await track.read(first.length, 100)).toEqual(new Uint8Array(10).fill(8));
  expect(await track.read(first.length - 1, 100)).toEqual(Uint8Array.of(7));
});
