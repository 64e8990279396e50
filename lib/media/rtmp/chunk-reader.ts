/**
 * Takes chunks apart into messages (RTMP 1.0 §5.3). Payloads are not copied: a message is the pieces it was read in.
 * Everything a peer could make grow is bounded: chunk streams, the length of a message, and what is unfinished.
 */
import { malformed } from "@/lib/media/rtmp/malformed";

export interface RtmpMessage {
  /** Message type id (§5.4, §6, §7.1). */
  typeId: number;
  /** Message stream id. */
  streamId: number;
  /** Milliseconds, modulo 2^32. */
  timestampMs: number;
  /** The payload in pieces. */
  parts: Buffer[];
  length: number;
}

export interface ChunkLimits {
  /** Longest message, in bytes. */
  messageBytes: number;
  /** Bytes of unfinished messages over all chunk streams. */
  unfinishedBytes: number;
}

interface ChunkStream {
  timestampMs: number;
  /** The timestamp field of the newest header: a delta, but after a type 0 header the timestamp itself (§5.3.1.2.4). */
  fieldMs: number;
  isExtended: boolean;
  length: number;
  typeId: number;
  streamId: number;
  received: number;
  parts: Buffer[];
}

/** §5.4.1: what a connection begins with. */
const INITIAL_CHUNK_BYTES = 128;
/** §5.4.1: the field has 31 bits; a message has at most 2^24 - 1 bytes, so no chunk is longer. */
const MAX_CHUNK_BYTES = 0xffffff;
/** Encoders use three to six. */
const MAX_CHUNK_STREAMS = 64;
/** The header's length by its type, without the basic header (§5.3.1.2). */
const HEADER_BYTES = [11, 7, 3, 0] as const;
const EXTENDED = 0xffffff;

export class ChunkReader {
  readonly #onMessage: (message: RtmpMessage) => void;
  readonly #streams = new Map<number, ChunkStream>();
  limits: ChunkLimits;
  #chunkBytes = INITIAL_CHUNK_BYTES;
  #unfinishedBytes = 0;
  /** The beginning of a header whose end has not come yet. */
  #rest: Buffer | null = null;
  /** The chunk that is being read, and what of its payload is still to come. */
  #current: ChunkStream | null = null;
  #missingBytes = 0;
  #isClosed = false;

  constructor(limits: ChunkLimits, onMessage: (message: RtmpMessage) => void) {
    this.limits = limits;
    this.#onMessage = onMessage;
  }

  /** Of unfinished messages and headers; for tests of the bound. */
  get heldBytes(): number {
    return this.#unfinishedBytes + (this.#rest?.length ?? 0);
  }

  /** Set Chunk Size of the peer (§5.4.1). @throws {AppError} invalid */
  setChunkBytes(bytes: number): void {
    if (bytes < 1 || bytes > 0x7fffffff) throw malformed(`chunk size ${bytes}`);
    this.#chunkBytes = Math.min(bytes, MAX_CHUNK_BYTES);
  }

  /** Abort Message (§5.4.2): what came of that chunk stream's message is dropped. */
  abort(chunkStreamId: number): void {
    const stream = this.#streams.get(chunkStreamId);
    if (stream !== undefined) this.#drop(stream);
  }

  /** Nothing more is taken or told. */
  close(): void {
    this.#isClosed = true;
    this.#rest = null;
    this.#streams.clear();
  }

  /**
   * Takes what was read; messages are told as they become whole.
   *
   * @param bytes kept by messages, so the caller must not change them afterwards
   * @throws {AppError} invalid when it is no chunk stream, too_large beyond the limits; nothing more can be read then
   */
  push(bytes: Buffer): void {
    let data = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = null;
    while (!this.#isClosed) {
      if (this.#current === null) {
        const headerBytes = this.#readHeader(data);
        if (headerBytes === 0) {
          if (data.length > 0) this.#rest = data;
          return;
        }
        data = data.subarray(headerBytes);
      }
      data = this.#readPayload(data);
      if (this.#current !== null) return;
    }
  }

  /** @returns bytes of the header; 0: it is not whole yet */
  #readHeader(data: Buffer): number {
    const first = data[0];
    if (first === undefined) return 0;
    const format = (first >> 6) as 0 | 1 | 2 | 3;
    let at = 1;
    let id = first & 63;
    if (id < 2) {
      // §5.3.1.1: one or two more bytes of id.
      at = id === 0 ? 2 : 3;
      if (data.length < at) return 0;
      id = 64 + (data[1] as number) + (at === 3 ? 256 * (data[2] as number) : 0);
    }
    const known = this.#streams.get(id);
    if (known === undefined && format !== 0 && format !== 1)
      throw malformed(`chunk stream ${id} begins with ${format}`);
    if (known === undefined && this.#streams.size >= MAX_CHUNK_STREAMS) throw malformed("too many chunk streams");
    const headerAt = at;
    at += HEADER_BYTES[format];
    if (data.length < at) return 0;
    const isContinued = known !== undefined && known.received > 0;
    const fieldMs = format === 3 ? (known as ChunkStream).fieldMs : data.readUIntBE(headerAt, 3);
    const isExtended = format === 3 ? (known as ChunkStream).isExtended : fieldMs === EXTENDED;
    let extendedMs = fieldMs;
    if (isExtended) {
      if (data.length < at + 4) return 0;
      extendedMs = data.readUInt32BE(at);
      // §5.3.1.3: a chunk of type 3 repeats it, which some senders do not.
      if (format !== 3 || extendedMs === fieldMs) at += 4;
      else extendedMs = fieldMs;
    }
    const stream = known ?? newStream();
    // A header in the middle of a message begins another one.
    if (isContinued && format !== 3) this.#drop(stream);
    if (format < 2) {
      const length = data.readUIntBE(headerAt + 3, 3);
      if (length > this.limits.messageBytes) throw tooLong(length);
      stream.length = length;
      stream.typeId = data[headerAt + 6] as number;
    }
    if (format === 0) stream.streamId = data.readUInt32LE(headerAt + 7);
    if (!(isContinued && format === 3)) {
      stream.fieldMs = extendedMs;
      stream.isExtended = isExtended;
      stream.timestampMs = format === 0 ? extendedMs : (stream.timestampMs + extendedMs) % 2 ** 32;
    }
    if (known === undefined) this.#streams.set(id, stream);
    this.#current = stream;
    this.#missingBytes = Math.min(this.#chunkBytes, stream.length - stream.received);
    return at;
  }

  /** @returns what is left of the data; the current chunk is none any more when it is whole */
  #readPayload(data: Buffer): Buffer {
    const stream = this.#current as ChunkStream;
    const taken = data.length <= this.#missingBytes ? data : data.subarray(0, this.#missingBytes);
    if (taken.length > 0) {
      stream.parts.push(taken);
      stream.received += taken.length;
      this.#missingBytes -= taken.length;
      this.#unfinishedBytes += taken.length;
      if (this.#unfinishedBytes > this.limits.unfinishedBytes) throw tooLong(this.#unfinishedBytes);
    }
    if (this.#missingBytes === 0) {
      this.#current = null;
      if (stream.received === stream.length) this.#finish(stream);
    }
    return data.subarray(taken.length);
  }

  #finish(stream: ChunkStream): void {
    const { typeId, streamId, timestampMs, parts, length } = stream;
    this.#unfinishedBytes -= stream.received;
    stream.parts = [];
    stream.received = 0;
    this.#onMessage({ typeId, streamId, timestampMs, parts, length });
  }

  #drop(stream: ChunkStream): void {
    this.#unfinishedBytes -= stream.received;
    stream.parts = [];
    stream.received = 0;
  }
}

function newStream(): ChunkStream {
  return {
    ...{ timestampMs: 0, fieldMs: 0, isExtended: false, length: 0, typeId: 0, streamId: 0 },
    ...{ received: 0, parts: [] },
  };
}

function tooLong(length: number) {
  return malformed(`message of ${length} bytes`);
}

/** The payload as one buffer; copied only when it came in pieces. */
export function payloadOf({ parts }: Pick<RtmpMessage, "parts">): Buffer {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
