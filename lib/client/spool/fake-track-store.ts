/** Stands in for the browser's storage in tests: keeps bytes in memory, and fails or waits when it is told to. */
import { bytesMissing, storageError } from "@/lib/client/spool/storage-error";
import type { ChangingFacts, TrackChunk, TrackStore } from "@/lib/client/spool/track-store";

export class FakeTrackStore implements TrackStore {
  chunks: TrackChunk[] = [];
  facts: ChangingFacts | null = null;
  isRemoved = false;
  reads = 0;
  /** Appends succeed until this many bytes are kept; then there is no room, as with a browser's quota. */
  roomBytes = Number.POSITIVE_INFINITY;
  /** While set, appends wait for it, as with a slow disk. */
  gate: Promise<void> | null = null;

  async append(chunk: TrackChunk): Promise<void> {
    await this.gate;
    const keptBytes = this.chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (keptBytes + chunk.bytes.length > this.roomBytes) {
      throw storageError(Object.assign(new Error("no room"), { name: "QuotaExceededError" }));
    }
    this.chunks.push(chunk);
  }

  async read(offset: number, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    this.reads += 1;
    const chunk = this.chunks.find((each) => each.offset <= offset && offset < each.offset + each.bytes.length);
    if (chunk === undefined) throw bytesMissing();
    return chunk.bytes.slice(offset - chunk.offset, offset - chunk.offset + maxBytes);
  }

  async note(facts: ChangingFacts): Promise<void> {
    this.facts = facts;
  }

  async release(offset: number): Promise<void> {
    this.chunks = this.chunks.filter((chunk) => chunk.offset + chunk.bytes.length > offset);
  }

  async remove(): Promise<void> {
    this.isRemoved = true;
    this.chunks = [];
  }
}
