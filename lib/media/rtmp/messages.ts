/** The messages of RTMP that a publisher and its server exchange: ids, and the bytes of those the server sends. */
import type { AmfValue } from "@/lib/media/rtmp/amf-value";
import { readAmf0, writeAmf0 } from "@/lib/media/rtmp/amf0";
import { type OutgoingMessage, writeMessage } from "@/lib/media/rtmp/chunk-writer";
import { malformed } from "@/lib/media/rtmp/malformed";

/** RTMP 1.0 §5.4 and §7.1. */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** Event types of user control messages (§7.1.7). */
export const USER_CONTROL = { streamBegin: 0, pingRequest: 6, pingResponse: 7 } as const;

/** A command (§7.2): name, transaction, and what else it carries. */
export interface Command {
  name: string;
  transactionId: number;
  args: AmfValue[];
}

const CONTROL_STREAM = 2;
const COMMAND_STREAM = 3;

/** @throws {AppError} invalid */
export function readCommand(typeId: number, payload: Buffer): Command {
  // A command in AMF 3 begins with a byte 0 and is AMF 0 that may switch over (§7.1.1).
  const bytes = typeId === MESSAGE.commandAmf3 && payload[0] === 0 ? payload.subarray(1) : payload;
  const [name, transactionId = 0, ...args] = readAmf0(bytes);
  if (typeof name !== "string" || typeof transactionId !== "number") throw malformed("command without a name");
  return { name, transactionId, args };
}

/** The data message's values, with the name first. @throws {AppError} invalid */
export function readData(typeId: number, payload: Buffer): AmfValue[] {
  return readAmf0(typeId === MESSAGE.dataAmf3 && payload[0] === 0 ? payload.subarray(1) : payload);
}

function control(typeId: number, payload: Buffer): OutgoingMessage {
  return { chunkStreamId: CONTROL_STREAM, typeId, streamId: 0, timestampMs: 0, payload };
}

function word(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
  return bytes;
}

export const setChunkSize = (bytes: number) => control(MESSAGE.setChunkSize, word(bytes));
export const acknowledgement = (receivedBytes: number) => control(MESSAGE.acknowledgement, word(receivedBytes));
export const windowAckSize = (bytes: number) => control(MESSAGE.windowAckSize, word(bytes));
/** With limit type 2, "dynamic" (§5.4.5). */
export const setPeerBandwidth = (bytes: number) =>
  control(MESSAGE.setPeerBandwidth, Buffer.concat([word(bytes), Buffer.from([2])]));

/** @param value the stream's id, or the time of a ping */
export function userControl(event: number, value: number): OutgoingMessage {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(event);
  return control(MESSAGE.userControl, Buffer.concat([head, word(value)]));
}

export function command(streamId: number, name: string, transactionId: number, ...args: AmfValue[]): OutgoingMessage {
  const payload = writeAmf0(name, transactionId, ...args);
  return { chunkStreamId: COMMAND_STREAM, typeId: MESSAGE.commandAmf0, streamId, timestampMs: 0, payload };
}

/** `onStatus` of a stream (§7.2.2). */
export function status(streamId: number, level: "status" | "error", code: string, description: string) {
  return command(streamId, "onStatus", 0, null, { level, code, description });
}

export function writeAll(messages: readonly OutgoingMessage[], chunkBytes: number): Buffer {
  return Buffer.concat(messages.map((message) => writeMessage(message, chunkBytes)));
}
