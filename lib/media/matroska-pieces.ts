/**
 * Where the picture of a Matroska file can be cut so that each piece can be decoded by itself: at clusters whose first
 * picture is a key frame. A piece is the head of the file and the bytes of its clusters as they are.
 */
import type { ByteSource } from "@/lib/media/byte-source";
import { scanMatroska } from "@/lib/media/matroska-scanner";

/** One piece, by where its clusters lie in the file. */
export interface PieceSpan {
  /** Timestamp of its first picture in the file, and of the next piece's first; null: it is the last. Milliseconds. */
  fromMs: number;
  untilMs: number | null;
  /** `[fromBytes, toBytes)` */
  fromBytes: number;
  toBytes: number;
  pictures: number;
}

export interface CutMatroska {
  /** What stands before the first cluster; each piece begins with it. */
  headBytes: number;
  pieces: PieceSpan[];
}

/** A last piece shorter than this share of the others belongs to the one before. */
const MIN_LAST_SHARE = 0.5;

/**
 * @param pieceMs the least length of a piece; it goes on to the next key frame that begins a cluster
 * @returns null when it cannot be cut: it is too short, damaged, or no cluster begins with a key frame
 * @throws {AppError} unprocessable when the beginning is missing
 */
export async function cutMatroska(source: ByteSource, pieceMs: number): Promise<CutMatroska | null> {
  const pieces: PieceSpan[] = [];
  let headBytes = 0;
  let trackNumber: number | null = null;
  let clusterBytes = -1;
  let lastMs = 0;
  for await (const item of scanMatroska(source)) {
    if (item.type === "damage") return null;
    if (item.type === "head") {
      headBytes = item.endBytes;
      trackNumber = item.tracks.find(({ kind }) => kind === "video")?.number ?? null;
      if (trackNumber === null) return null;
    }
    const current = pieces.at(-1);
    if (item.type === "end" && current !== undefined) current.toBytes = item.wholeBytes;
    if (item.type !== "block" || item.trackNumber !== trackNumber) continue;
    const beginsCluster = item.clusterStartBytes !== clusterBytes;
    clusterBytes = item.clusterStartBytes;
    lastMs = item.timestampMs;
    const isLongEnough = current === undefined || item.timestampMs - current.fromMs >= pieceMs;
    if (isLongEnough && beginsCluster && item.keyframe) {
      if (current !== undefined) Object.assign(current, { untilMs: item.timestampMs, toBytes: clusterBytes });
      pieces.push({
        ...{ fromMs: item.timestampMs, untilMs: null, fromBytes: clusterBytes, toBytes: clusterBytes, pictures: 1 },
      });
    } else if (current === undefined) {
      // What comes before the first key frame would be lost.
      return null;
    } else {
      current.pictures += 1;
    }
  }
  mergeShortLast(pieces, lastMs, pieceMs);
  return pieces.length < 2 ? null : { headBytes, pieces };
}

function mergeShortLast(pieces: PieceSpan[], lastMs: number, pieceMs: number): void {
  const last = pieces.at(-1);
  const before = pieces.at(-2);
  if (last === undefined || before === undefined || lastMs - last.fromMs >= pieceMs * MIN_LAST_SHARE) return;
  Object.assign(before, { untilMs: null, toBytes: last.toBytes, pictures: before.pictures + last.pictures });
  pieces.pop();
}
