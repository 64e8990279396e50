/**
 * Walks through a WebM or Matroska file as recorders write it while they record: Segment and Clusters of unknown size,
 * no index, perhaps a torn end, perhaps bytes missing in the middle. Tells where each block lies and when it plays;
 * payloads are not looked at.
 *
 * The levels are read flat: an element of the Segment ends the Cluster before it (RFC 8794 §6.2), whatever size that one
 * claims. So a wrong size of a Cluster does no harm, and memory does not depend on what is in the file.
 */
import { AppError } from "@/lib/domain/errors";
import { type ByteSource, ByteWindow } from "@/lib/media/byte-source";
import {
  type ElementHeader,
  MAX_HEADER_BYTES,
  readChildren,
  readElementHeader,
  readUnsigned,
  readVint,
} from "@/lib/media/ebml";
import { type MatroskaTrack, parseTracks } from "@/lib/media/matroska-tracks";

/** The beginning of the file, told once and before any block. */
export interface ScannedHead {
  type: "head";
  tracks: MatroskaTrack[];
  /** The unit of timestamps. */
  tickNs: number;
  /** Where the first cluster begins, or the first byte that is not understood. */
  endBytes: number;
  /** Where the size of the Segment is written, `[from, to)`. */
  segmentSizeField: { from: number; to: number };
}

/** A block: one packet of one track. */
export interface ScannedBlock {
  type: "block";
  trackNumber: number;
  timestampMs: number;
  /** What the file says; null: nothing (a SimpleBlock never does). */
  durationMs: number | null;
  keyframe: boolean;
  /** Where the element lies, `[startBytes, endBytes)`, and where its cluster begins. */
  startBytes: number;
  endBytes: number;
  /** Where in it the packet lies. */
  payload: { from: number; to: number };
  /** Several packets are in one block (RFC 9559 §10.3); no recorder does that. */
  isLaced: boolean;
  clusterStartBytes: number;
  /** Timestamp of the cluster as it is written, in the file's own unit. */
  clusterTicks: number;
}

/** Bytes that are no Matroska; reading goes on with the next cluster. */
export interface ScannedDamage {
  type: "damage";
  fromBytes: number;
  toBytes: number;
}

/** The end: everything before `wholeBytes` is whole elements, what follows is a torn one. */
export interface ScannedEnd {
  type: "end";
  wholeBytes: number;
}

export type ScanItem = ScannedHead | ScannedBlock | ScannedDamage | ScannedEnd;

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const BLOCK_DURATION = 0x9b;
const REFERENCE_BLOCK = 0xfb;
/** Skipped in the Segment: SeekHead, Cues, Tags, Chapters, Attachments, Void, CRC-32. */
const OTHER_OF_SEGMENT = new Set([0x114d9b74, 0x1c53bb6b, 0x1254c367, 0x1043a770, 0x1941a469, 0xec, 0xbf]);
/** Skipped in a Cluster: PrevSize, Position, SilentTracks, EncryptedBlock, Void, CRC-32. */
const OTHER_OF_CLUSTER = new Set([0xab, 0xa7, 0x5854, 0xaf, 0xec, 0xbf]);

const CLUSTER_ID_BYTES = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);

/** Info and Tracks are a few hundred bytes; codec set-up can make them some kilobytes. */
const MAX_HEAD_ELEMENT_BYTES = 128 * 1024;
/** A key frame of 4096x2176 is below 10 MB in every codec a browser has. */
const MAX_BLOCK_BYTES = 32 * 1024 ** 2;
const MAX_BLOCK_GROUP_CHILDREN = 64;
/** Track number (8), timestamp (2), flags (1) (RFC 9559 §10.1). */
const MAX_BLOCK_HEADER_BYTES = 11;

class MatroskaScanner {
  readonly #window: ByteWindow;
  #position = 0;
  /** Nanoseconds per tick; the default of RFC 9559 §5.1.2.9. */
  #tickNs = 1_000_000;
  #segmentSizeField: { from: number; to: number } | null = null;
  #tracks: MatroskaTrack[] | null = null;
  #isHeadTold = false;
  #clusterStart: number | null = null;
  #clusterTicks: number | null = null;

  constructor(source: ByteSource) {
    this.#window = new ByteWindow(source);
  }

  async *scan(): AsyncGenerator<ScanItem> {
    const size = this.#window.sizeBytes;
    while (this.#position < size) {
      const start = this.#position;
      const header = readElementHeader(await this.#window.at(start, MAX_HEADER_BYTES), 0);
      const item = header === null ? "damaged" : await this.#element(header);
      if (item === "damaged") {
        const cluster = await this.#findCluster(start + 1);
        // Nothing follows what is not whole: the recorder was stopped in the middle of it.
        if (cluster === null) {
          yield* this.#head(start);
          yield { type: "end", wholeBytes: start };
          return;
        }
        yield* this.#head(start);
        yield { type: "damage", fromBytes: start, toBytes: cluster };
        this.#position = cluster;
        this.#clusterStart = null;
      } else if (item !== null) {
        yield item;
      } else if (this.#clusterStart === start) {
        yield* this.#head(start);
      }
    }
    yield* this.#head(size);
    yield { type: "end", wholeBytes: size };
  }

  /** Tells the head before anything else, once. @throws {AppError} unprocessable when there is none */
  *#head(endBytes: number): Generator<ScannedHead> {
    if (this.#isHeadTold) return;
    if (this.#tracks === null || this.#segmentSizeField === null) {
      throw new AppError("unprocessable", "no_media_header", "The beginning of the file is missing or damaged.");
    }
    this.#isHeadTold = true;
    yield {
      type: "head",
      tracks: this.#tracks,
      tickNs: this.#tickNs,
      endBytes,
      segmentSizeField: this.#segmentSizeField,
    };
  }

  /** Takes the element at the position and moves behind it, or into it. */
  async #element(header: ElementHeader): Promise<ScannedBlock | "damaged" | null> {
    const start = this.#position;
    const contentStart = start + header.headerBytes;
    switch (header.id) {
      case SEGMENT:
        if (this.#segmentSizeField !== null) return "damaged";
        this.#segmentSizeField = { from: contentStart - header.sizeFieldBytes, to: contentStart };
        this.#position = contentStart;
        return null;
      case CLUSTER:
        if (this.#tracks === null) return "damaged";
        this.#clusterStart = start;
        this.#clusterTicks = null;
        this.#position = contentStart;
        return null;
    }
    // Only Segment and Cluster may have an unknown size here (RFC 9559 §5.1, §5.1.3).
    if (header.contentBytes === null) return "damaged";
    const end = contentStart + header.contentBytes;
    if (end > this.#window.sizeBytes) return "damaged";

    if (header.id === EBML) {
      if (start !== 0) return "damaged";
    } else if (header.id === INFO || header.id === TRACKS) {
      const content = await this.#content(contentStart, header.contentBytes, MAX_HEAD_ELEMENT_BYTES);
      if (content === null) return "damaged";
      if (header.id === TRACKS) this.#tracks ??= parseTracks(content);
      else this.#readInfo(content);
    } else if (this.#clusterStart !== null && header.id === TIMESTAMP) {
      const content = await this.#content(contentStart, header.contentBytes, 8);
      if (content === null) return "damaged";
      this.#clusterTicks = readUnsigned(content);
    } else if (this.#clusterStart !== null && (header.id === SIMPLE_BLOCK || header.id === BLOCK_GROUP)) {
      if (header.contentBytes > MAX_BLOCK_BYTES) return "damaged";
      const block =
        header.id === SIMPLE_BLOCK
          ? await this.#block(start, contentStart, end, null)
          : await this.#blockGroup(start, contentStart, end);
      if (block === null) return "damaged";
      this.#position = end;
      return block;
    } else if (
      !(this.#segmentSizeField !== null && OTHER_OF_SEGMENT.has(header.id)) &&
      !(this.#clusterStart !== null && OTHER_OF_CLUSTER.has(header.id))
    ) {
      return "damaged";
    }
    this.#position = end;
    return null;
  }

  async #content(start: number, length: number, limit: number): Promise<Uint8Array | null> {
    return length > limit ? null : (await this.#window.at(start, length)).subarray(0, length);
  }

  #readInfo(content: Uint8Array): void {
    for (const { id, content: value } of readChildren(content)) {
      const scale = id === TIMESTAMP_SCALE && value.length <= 8 ? readUnsigned(value) : 0;
      if (scale > 0) this.#tickNs = scale;
    }
  }

  /** @param reference null: a SimpleBlock, which says itself whether it is a key frame */
  async #block(
    start: number,
    contentStart: number,
    end: number,
    reference: { keyframe: boolean; durationTicks: number | null } | null,
  ): Promise<ScannedBlock | null> {
    const bytes = await this.#window.at(contentStart, MAX_BLOCK_HEADER_BYTES);
    const track = readVint(bytes, 0);
    if (track === null || this.#clusterStart === null || this.#clusterTicks === null) return null;
    if (contentStart + track.length + 3 > end) return null;
    if (!this.#tracks?.some(({ number }) => number === track.value)) return null;
    const high = bytes[track.length] as number;
    const low = bytes[track.length + 1] as number;
    const relativeTicks = ((high << 24) >> 16) | low;
    const flags = bytes[track.length + 2] as number;
    return {
      type: "block",
      trackNumber: track.value,
      timestampMs: this.#toMs(this.#clusterTicks + relativeTicks),
      durationMs: reference?.durationTicks == null ? null : this.#toMs(reference.durationTicks),
      keyframe: reference === null ? (flags & 0x80) !== 0 : reference.keyframe,
      startBytes: start,
      endBytes: end,
      payload: { from: contentStart + track.length + 3, to: end },
      isLaced: (flags & 0x06) !== 0,
      clusterStartBytes: this.#clusterStart,
      clusterTicks: this.#clusterTicks,
    };
  }

  async #blockGroup(start: number, contentStart: number, end: number): Promise<ScannedBlock | null> {
    let block: { from: number; to: number } | null = null;
    let durationTicks: number | null = null;
    let keyframe = true;
    let position = contentStart;
    for (let count = 0; position < end; count += 1) {
      const header = readElementHeader(await this.#window.at(position, MAX_HEADER_BYTES), 0);
      if (header === null || header.contentBytes === null || count === MAX_BLOCK_GROUP_CHILDREN) return null;
      const from = position + header.headerBytes;
      const to = from + header.contentBytes;
      if (to > end) return null;
      if (header.id === BLOCK) block = { from, to };
      // A block that refers to no other is a key frame (RFC 9559 §5.1.3.5.5).
      else if (header.id === REFERENCE_BLOCK) keyframe = false;
      else if (header.id === BLOCK_DURATION) {
        const content = await this.#content(from, header.contentBytes, 8);
        if (content === null) return null;
        durationTicks = readUnsigned(content);
      }
      position = to;
    }
    if (block === null) return null;
    const scanned = await this.#block(start, block.from, block.to, { keyframe, durationTicks });
    return scanned === null ? null : { ...scanned, endBytes: end };
  }

  #toMs(ticks: number): number {
    return (ticks * this.#tickNs) / 1_000_000;
  }

  /** Where the next cluster begins: its id, and a valid first element in it. @returns null when there is none */
  async #findCluster(from: number): Promise<number | null> {
    if (this.#tracks === null) return null;
    let position = from;
    while (position + CLUSTER_ID_BYTES.length <= this.#window.sizeBytes) {
      const bytes = await this.#window.at(position, CLUSTER_ID_BYTES.length);
      const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(CLUSTER_ID_BYTES);
      if (found < 0) {
        position += bytes.length - CLUSTER_ID_BYTES.length + 1;
        continue;
      }
      position += found;
      if (await this.#isCluster(position)) return position;
      position += 1;
    }
    return null;
  }

  async #isCluster(position: number): Promise<boolean> {
    const header = readElementHeader(await this.#window.at(position, MAX_HEADER_BYTES), 0);
    if (header === null) return false;
    const first = readElementHeader(await this.#window.at(position + header.headerBytes, MAX_HEADER_BYTES), 0);
    if (first === null || first.contentBytes === null) return false;
    return (first.id === TIMESTAMP && first.contentBytes <= 8) || OTHER_OF_CLUSTER.has(first.id);
  }
}

/**
 * Reads a Matroska file from its first byte to its last.
 *
 * @returns the head, then blocks and damage in the order of the file, then the end
 * @throws {AppError} unprocessable when the beginning is missing: without it nothing can be read
 */
export function scanMatroska(source: ByteSource): AsyncGenerator<ScanItem> {
  return new MatroskaScanner(source).scan();
}
