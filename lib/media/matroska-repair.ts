/**
 * Writes a damaged Matroska file anew from the blocks that can be trusted, byte for byte, each in a cluster with the
 * timestamp it had. FFmpeg reads the result without guessing; an undamaged file never comes here.
 */
import type { ScannedBlock, ScannedHead } from "@/lib/media/matroska-scanner";

/**
 * FFmpeg fills a gap in the sound at once: ten minutes took 250 MB, two hours more than 2 GB and came out wrong. Longer
 * gaps than this get packets of silence in them.
 */
export const LONG_SILENCE_MS = 60_000;
const SILENCE_INTERVAL_MS = 10_000;
/** An Opus packet of 20 ms of silence in stereo: CELT, full band, one frame (RFC 6716 §3.1), nothing coded. */
const SILENT_OPUS_PACKET = [0xfc, 0xff, 0xfe];

const CLUSTER_ID = [0x1f, 0x43, 0xb6, 0x75];
/** RFC 8794 §6.2 */
const UNKNOWN_SIZE = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
/** Id of Timestamp, and a size of 8. */
const TIMESTAMP = [0xe7, 0x88];
const KEY_FRAME_FLAG = 0x80;

/** Makes the pieces of the repaired file, in order. */
export class MatroskaRepair {
  readonly #head: ScannedHead;
  readonly #opusTracks: ReadonlySet<number>;
  readonly #lastMs = new Map<number, number>();
  #clusterStartBytes: number | null = null;

  constructor(head: ScannedHead) {
    this.#head = head;
    this.#opusTracks = new Set(head.tracks.filter(({ codecId }) => codecId === "A_OPUS").map(({ number }) => number));
  }

  /**
   * The beginning of the repaired file.
   *
   * @param original bytes `[0, head.endBytes)` of the damaged file
   * @returns a copy whose Segment has an unknown size, because what follows has another one
   */
  head(original: Uint8Array): Uint8Array {
    const { from, to } = this.#head.segmentSizeField;
    const copy = Uint8Array.from(original);
    // All ones after the length marker, in as many bytes as before.
    copy.fill(0xff, from, to);
    copy[from] = 0xff >> (to - from - 1);
    return copy;
  }

  /**
   * What comes before a block that is kept: silence where the sound has a long gap, and the beginning of the block's
   * cluster unless it is the one that is open.
   */
  before(block: ScannedBlock): Uint8Array {
    const bytes: number[] = [];
    const lastMs = this.#lastMs.get(block.trackNumber) ?? block.timestampMs;
    if (this.#opusTracks.has(block.trackNumber) && block.timestampMs - lastMs > LONG_SILENCE_MS) {
      for (
        let ms = lastMs + SILENCE_INTERVAL_MS;
        ms < block.timestampMs - SILENCE_INTERVAL_MS;
        ms += SILENCE_INTERVAL_MS
      ) {
        bytes.push(...clusterStart(Math.round((ms * 1_000_000) / this.#head.tickNs)), ...silence(block.trackNumber));
      }
      this.#clusterStartBytes = null;
    }
    if (this.#clusterStartBytes !== block.clusterStartBytes) bytes.push(...clusterStart(block.clusterTicks));
    this.#clusterStartBytes = block.clusterStartBytes;
    this.#lastMs.set(block.trackNumber, block.timestampMs);
    return Uint8Array.from(bytes);
  }
}

function clusterStart(ticks: number): number[] {
  const timestamp = new Uint8Array(8);
  new DataView(timestamp.buffer).setBigUint64(0, BigInt(ticks));
  return [...CLUSTER_ID, ...UNKNOWN_SIZE, ...TIMESTAMP, ...timestamp];
}

/** A SimpleBlock at its cluster's own time (RFC 9559 §10.2). Recorders number their tracks from 1. */
function silence(trackNumber: number): number[] {
  const content = [0x80 | trackNumber, 0, 0, KEY_FRAME_FLAG, ...SILENT_OPUS_PACKET];
  return trackNumber > 126 ? [] : [0xa3, 0x80 | content.length, ...content];
}
