/** Gives the blocks of a track to an encoder as they come: from the beginning, or from a later cluster on. */
import type { ScannedBlock } from "@/lib/media/matroska-scanner";
import type { LiveEncoder } from "@/worker/follow/live-encoder";
import type { TrackTail } from "@/worker/follow/track-tail";

export class EncoderFeed {
  /** Where the track's head ends, which an encoder gets first. */
  readonly headBytes: number;
  readonly #tail: TrackTail;
  #encoder: LiveEncoder | null = null;
  #takenBytes = 0;

  constructor(tail: TrackTail, headBytes: number) {
    this.#tail = tail;
    this.headBytes = headBytes;
  }

  /** null: it has not begun, and blocks are only looked at */
  get encoder(): LiveEncoder | null {
    return this.#encoder;
  }

  /** Where the last block ends that was taken. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** @param fromBytes where a cluster begins that was taken already; left out: the encoder gets all of the track */
  async begin(encoder: LiveEncoder, fromBytes?: number): Promise<void> {
    if (fromBytes !== undefined) {
      for await (const piece of this.#tail.again(0, this.headBytes)) await encoder.write(piece);
      for await (const piece of this.#tail.again(fromBytes, this.#takenBytes)) await encoder.write(piece);
    }
    this.#encoder = encoder;
  }

  async take({ endBytes }: ScannedBlock): Promise<void> {
    const from = this.#takenBytes;
    this.#takenBytes = endBytes;
    if (this.#encoder === null) return;
    const length = endBytes - from;
    await this.#encoder.write((await this.#tail.bytes.read(from, length, length)).subarray(0, length));
  }
}
