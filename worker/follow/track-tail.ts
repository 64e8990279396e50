/** Reads a track and its clock while they grow, never beyond what is in the files, and takes its digest on the way. */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import type { TrackKind } from "@/lib/domain/recording-state";
import { GrowingBytes } from "@/lib/media/growing-bytes";
import type { ClockPoint } from "@/lib/media/track-timeline";
import { ClockReader, type TrackClock } from "@/worker/compile/read-clock";
import { Refusal } from "@/worker/follow/refusal";

const PIECE_BYTES = 1024 ** 2;
/** As much is read ahead of who uses it; more than the largest packet there may be, 8 MiB of a stream. */
const AHEAD_BYTES = 12 * 1024 ** 2;
/** How long a group of bytes waits at most to be seen. */
const POLL_MS = 100;

export class TrackTail {
  readonly kind: TrackKind;
  readonly bytes = new GrowingBytes();
  readonly #file: string;
  readonly #clockFile: string;
  readonly #clock = new ClockReader();
  readonly #hash = createHash("sha256");
  readonly #signal: AbortSignal;
  #clockText = "";
  #clockBytes = 0;
  #isClockOver = false;
  #finalBytes: number | null = null;
  #wake: () => void = () => {};

  constructor(kind: TrackKind, file: string, clockFile: string, signal: AbortSignal) {
    this.kind = kind;
    this.#file = file;
    this.#clockFile = clockFile;
    this.#signal = signal;
  }

  /** What is known of the clock by now. */
  get clock(): TrackClock | null {
    return this.#clock.clock;
  }

  get points(): readonly ClockPoint[] {
    return this.#clock.clock?.points ?? [];
  }

  /** The clock will say no more. */
  isClockComplete = false;

  /** SHA-256 of what was read, hex. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  get finalBytes(): number | null {
    return this.#finalBytes;
  }

  /** The track has as many bytes as this, and will not have more. Its clock is complete. */
  end(sizeBytes: number): void {
    this.#finalBytes ??= sizeBytes;
    this.look();
  }

  /** Looks now whether there is more. */
  look(): void {
    this.#wake();
  }

  /** Bytes `[from, to)` once more, which have been read and released. @throws {Refusal} when the file is not what it was */
  async *again(from: number, to: number): AsyncGenerator<Uint8Array> {
    const handle = await fs.open(this.#file, "r");
    try {
      for (let position = from; position < to; ) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, to - position));
        const { bytesRead } = await handle.read(piece, 0, piece.length, position);
        if (bytesRead === 0) throw new Refusal("differs", `${this.kind} is shorter than what was read of it`);
        position += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  /** Reads until the end; resolves then. @throws {Refusal} when the file is not what it was */
  async run(): Promise<void> {
    const handle = await fs.open(this.#file, "r");
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let position = 0;
    try {
      // Whoever begins late knows from the first byte on what the clock has said by then.
      await this.#readClock();
      for (;;) {
        this.#signal.throwIfAborted();
        const final = this.#finalBytes;
        const { bytesRead } = await handle.read(
          piece,
          0,
          Math.min(PIECE_BYTES, (final ?? Infinity) - position),
          position,
        );
        if (bytesRead > 0) {
          const bytes = piece.subarray(0, bytesRead);
          this.#hash.update(bytes);
          this.bytes.push(bytes);
          position += bytesRead;
          await this.bytes.room(AHEAD_BYTES);
          continue;
        }
        await this.#readClock();
        if (final !== null && position >= final) break;
        if (final !== null) throw new Refusal("differs", `${this.kind} has ${position} bytes of ${final}`);
        await this.#pause();
      }
      this.isClockComplete = true;
      this.bytes.end();
    } catch (error) {
      this.bytes.fail(error);
      throw error;
    } finally {
      await handle.close();
    }
  }

  async #readClock(): Promise<void> {
    if (this.#isClockOver) return;
    const handle = await fs.open(this.#clockFile, "r").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (handle === null) return;
    try {
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(16 * 1024), 0, 16 * 1024, this.#clockBytes);
        if (bytesRead === 0) return;
        this.#clockBytes += bytesRead;
        const lines = (this.#clockText + buffer.toString("latin1", 0, bytesRead)).split("\n");
        this.#clockText = lines.pop() as string;
        if (lines.some((line) => !this.#clock.take(line))) {
          this.#isClockOver = true;
          return;
        }
      }
    } finally {
      await handle.close();
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }
}
