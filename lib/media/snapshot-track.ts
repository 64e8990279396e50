/**
 * The track of a recording of snapshots: Matroska with one stream of JPEGs (codec V_MJPEG), a cluster for each. Any player
 * reads it; what its source said of a snapshot lies in a Void element (RFC 8794 §11.3.2), which players skip.
 * A cluster is whole or it is not there: after a crash the file is read, and cut, up to the last whole one.
 */
import { type ByteSource, ByteWindow } from "@/lib/media/byte-source";
import { MAX_HEADER_BYTES, readElementHeader, readUnsigned } from "@/lib/media/ebml";
import type { PictureSize } from "@/lib/media/picture-size";

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const VOID = 0xec;
const SIMPLE_BLOCK = 0xa3;
/** Track 1, at the time of its cluster, a key frame (RFC 9559 §10.2). */
const BLOCK_HEADER = [0x81, 0, 0, 0x80];
const NUMBER_BYTES = 8;
/** Five snapshots a second. */
const NOMINAL_STEP_NS = 200_000_000;
/** The head has about 150 bytes. */
const MAX_HEAD_BYTES = 4096;

/** One snapshot in the file. */
export interface StoredSnapshot {
  /** Media time, whole milliseconds from the first snapshot. */
  atMs: number;
  /** What its source counts it as; ascending. */
  sequence: number;
  /** When it was taken by its source's clock, ms since the epoch; 0: the source did not say. */
  capturedMs: number;
  /** When it arrived, by the server's clock, ms since the epoch. */
  arrivedMs: number;
  /** Where the JPEG lies. */
  offset: number;
  sizeBytes: number;
}

/** The beginning of the file, once. */
export function snapshotTrackHead({ width, height }: PictureSize): Buffer {
  return Buffer.concat([
    element(
      EBML,
      element(0x4286, [1]),
      element(0x42f7, [1]),
      element(0x42f2, [4]),
      element(0x42f3, [8]),
      element(0x4282, Buffer.from("matroska")),
      element(0x4287, [4]),
      element(0x4285, [2]),
    ),
    // Of unknown size: it grows until the recording ends (RFC 8794 §6.2).
    idBytes(SEGMENT),
    Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    element(
      INFO,
      element(0x2ad7b1, unsigned(1_000_000, 4)),
      element(0x4d80, Buffer.from("Tapedeck")),
      element(0x5741, Buffer.from("Tapedeck")),
    ),
    element(
      TRACKS,
      element(
        0xae,
        element(0xd7, [1]),
        element(0x73c5, [1]),
        element(0x83, [1]),
        element(0x9c, [0]),
        // Nominal: without it FFmpeg takes the last picture to last no time, and shows it not at all.
        element(0x23e383, unsigned(NOMINAL_STEP_NS, 4)),
        element(0x86, Buffer.from("V_MJPEG")),
        element(0xe0, element(0xb0, unsigned(width, 2)), element(0xba, unsigned(height, 2))),
      ),
    ),
  ]);
}

/**
 * What is appended for one snapshot, in pieces, the JPEG not copied.
 *
 * @returns the pieces, and where in them the JPEG begins
 */
export function snapshotCluster(
  { atMs, sequence, capturedMs, arrivedMs }: Omit<StoredSnapshot, "offset" | "sizeBytes">,
  jpeg: Buffer,
): { pieces: Buffer[]; jpegOffset: number } {
  const times = [
    element(TIMESTAMP, unsigned(atMs, NUMBER_BYTES)),
    element(VOID, ...[sequence, capturedMs, arrivedMs].map((value) => unsigned(value, NUMBER_BYTES))),
  ];
  const block = Buffer.concat([
    elementHeader(SIMPLE_BLOCK, BLOCK_HEADER.length + jpeg.length),
    Buffer.from(BLOCK_HEADER),
  ]);
  const content = [...times, block];
  const contentBytes = content.reduce((sum, piece) => sum + piece.length, jpeg.length);
  const head = Buffer.concat([elementHeader(CLUSTER, contentBytes), ...content]);
  return { pieces: [head, jpeg], jpegOffset: head.length };
}

/**
 * Every whole snapshot of a track, in order.
 *
 * @returns how much of the file is whole, in bytes; 0 when not even the head is
 */
export async function readSnapshotTrack(
  source: ByteSource,
  onSnapshot: (snapshot: StoredSnapshot) => void,
): Promise<number> {
  const window = new ByteWindow(source);
  let position = await findFirstCluster(window);
  if (position === null) return 0;
  for (;;) {
    const bytes = await window.at(position, 4 * MAX_HEADER_BYTES + 4 * NUMBER_BYTES);
    const cluster = readElementHeader(bytes, 0);
    if (cluster?.id !== CLUSTER || cluster.contentBytes === null) return position;
    const endBytes: number = position + cluster.headerBytes + cluster.contentBytes;
    if (endBytes > source.sizeBytes) return position;
    const snapshot = readCluster(bytes, cluster.headerBytes);
    if (snapshot === null) return position;
    const offset: number = position + snapshot.jpegOffset;
    onSnapshot({ ...snapshot.times, offset, sizeBytes: endBytes - offset });
    position = endBytes;
  }
}

/** @returns null when what lies before the clusters is not all there */
async function findFirstCluster(window: ByteWindow): Promise<number | null> {
  let position = 0;
  for (const id of [EBML, SEGMENT, INFO, TRACKS]) {
    const header = readElementHeader(await window.at(position, MAX_HEADER_BYTES), 0);
    if (header?.id !== id || (header.contentBytes === null) !== (id === SEGMENT)) return null;
    position += header.headerBytes + (header.contentBytes ?? 0);
    if (position > Math.min(window.sizeBytes, MAX_HEAD_BYTES)) return null;
  }
  return position;
}

/** As {@link snapshotCluster} writes it: time, what the source said, block. */
function readCluster(bytes: Uint8Array, from: number) {
  const times = readElementHeader(bytes, from);
  if (times?.id !== TIMESTAMP || times.contentBytes !== NUMBER_BYTES) return null;
  const timesFrom = from + times.headerBytes;
  const noted = readElementHeader(bytes, timesFrom + NUMBER_BYTES);
  if (noted?.id !== VOID || noted.contentBytes !== 3 * NUMBER_BYTES) return null;
  const notedFrom = timesFrom + NUMBER_BYTES + noted.headerBytes;
  const blockFrom = notedFrom + 3 * NUMBER_BYTES;
  const block = readElementHeader(bytes, blockFrom);
  if (block?.id !== SIMPLE_BLOCK) return null;
  const number = (at: number) => readUnsigned(bytes.subarray(at, at + NUMBER_BYTES));
  return {
    times: {
      atMs: number(timesFrom),
      sequence: number(notedFrom),
      capturedMs: number(notedFrom + NUMBER_BYTES),
      arrivedMs: number(notedFrom + 2 * NUMBER_BYTES),
    },
    jpegOffset: blockFrom + block.headerBytes + BLOCK_HEADER.length,
  };
}

function element(id: number, ...content: (Uint8Array | number[])[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([elementHeader(id, bytes.length), bytes]);
}

/** An id and a size of 4 bytes; elements here are smaller than 256 MiB. */
function elementHeader(id: number, contentBytes: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(0x10000000 + contentBytes);
  return Buffer.concat([idBytes(id), size]);
}

/** An id is as long as it is written in hexadecimal. */
function idBytes(id: number): Buffer {
  return Buffer.from(id.toString(16), "hex");
}

function unsigned(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (length === NUMBER_BYTES) bytes.writeBigUInt64BE(BigInt(value));
  else bytes.writeUIntBE(value, 0, length);
  return bytes;
}
