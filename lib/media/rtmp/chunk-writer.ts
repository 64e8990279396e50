/** Puts messages into chunks (RTMP 1.0 §5.3): a whole header each, then continuations. */

export interface OutgoingMessage {
  /** 2 for control, 3 for commands, others for media. */
  chunkStreamId: number;
  typeId: number;
  streamId: number;
  timestampMs: number;
  payload: Buffer;
}

const EXTENDED = 0xffffff;

/** @param chunkBytes as this side has announced it */
export function writeMessage(message: OutgoingMessage, chunkBytes: number): Buffer {
  const { chunkStreamId, typeId, streamId, timestampMs, payload } = message;
  const isExtended = timestampMs >= EXTENDED;
  const header = Buffer.alloc(12 + (isExtended ? 4 : 0));
  header[0] = chunkStreamId & 63;
  header.writeUIntBE(isExtended ? EXTENDED : timestampMs, 1, 3);
  header.writeUIntBE(payload.length, 4, 3);
  header[7] = typeId;
  header.writeUInt32LE(streamId, 8);
  if (isExtended) header.writeUInt32BE(timestampMs, 12);
  const pieces: Buffer[] = [header, payload.subarray(0, chunkBytes)];
  const continuation = Buffer.alloc(1 + (isExtended ? 4 : 0));
  continuation[0] = 0xc0 | (chunkStreamId & 63);
  if (isExtended) continuation.writeUInt32BE(timestampMs, 1);
  for (let at = chunkBytes; at < payload.length; at += chunkBytes) {
    pieces.push(continuation, payload.subarray(at, at + chunkBytes));
  }
  return Buffer.concat(pieces);
}
