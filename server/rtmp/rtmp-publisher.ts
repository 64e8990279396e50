/** Publishes to another RTMP server, as an encoder does: one connection, from its handshake to its end. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { AppError, toAppError } from "@/lib/domain/errors";
import { cleanTitle } from "@/lib/domain/names";
import type { RelayAddress } from "@/lib/domain/relay-address";
import { TAG, type TagType } from "@/lib/media/flv/flv-file";
import type { AmfObject, AmfValue } from "@/lib/media/rtmp/amf-value";
import { writeAmf0, writeEcmaArray } from "@/lib/media/rtmp/amf0";
import { ChunkReader, payloadOf, type RtmpMessage } from "@/lib/media/rtmp/chunk-reader";
import { type OutgoingMessage, writeMessage } from "@/lib/media/rtmp/chunk-writer";
import { HANDSHAKE_BYTES, RTMP_VERSION } from "@/lib/media/rtmp/handshake";
import { malformed } from "@/lib/media/rtmp/malformed";
import {
  acknowledgement,
  command,
  MESSAGE,
  readCommand,
  setChunkSize,
  USER_CONTROL,
  userControl,
  writeAll,
} from "@/lib/media/rtmp/messages";
import { connectionFailed } from "@/lib/server/outbound/guarded-request";
import type { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { chainProperty, type RelayChain } from "@/server/rtmp/relay-chain";

/** From looking the name up to the server's consent. */
const OPEN_MS = 10_000;
/** What waits to be sent has not become less for so long. */
const STALL_MS = 15_000;
/** The last words have this long to leave. */
const FAREWELL_MS = 2000;
/** What servers say is commands. */
const LIMITS = { messageBytes: 64 * 1024, unfinishedBytes: 128 * 1024 };
const CHUNK_BYTES = 4096;
/** §5.4.4: until the server says otherwise. */
const WINDOW_BYTES = 2_500_000;
/** Chunk streams as encoders use them: one for each kind of message, so that large pictures do not hold up sound. */
const CHUNK_STREAMS = { [TAG.audio]: 4, [TAG.video]: 6, [TAG.script]: 5 } as const;
/** Status codes are shown to users; anything else a server may say is not. */
const STATUS_CODE = /^Net(Stream|Connection)(\.[A-Za-z]+)+$/;

const TRANSACTION = { connect: 1, releaseStream: 2, publishIntent: 3, createStream: 4, publish: 5 } as const;

export interface PublisherEvents {
  /** The server takes the stream from now on. */
  onOpen(): void;
  /** It is over; said once, and not after {@link RtmpPublisher.close}. */
  onEnd(error: AppError): void;
}

export class RtmpPublisher {
  readonly #address: RelayAddress;
  readonly #key: string;
  readonly #chain: RelayChain;
  readonly #events: PublisherEvents;
  readonly #socket: Socket;
  readonly #reader = new ChunkReader(LIMITS, (message) => this.#receive(message));
  readonly #opening: NodeJS.Timeout;
  /** What came of the handshake; null once it is done. */
  #handshake: Buffer | null = Buffer.alloc(0);
  #chunkBytes = 128;
  #streamId: number | null = null;
  #isOpen = false;
  #isOver = false;
  #windowBytes = WINDOW_BYTES;
  #acknowledgedBytes = 0;

  /**
   * @param chain keys that the stream has come by
   * @throws {AppError} invalid when the address is not allowed; for a name that is told by `onEnd`
   */
  constructor(guard: OutboundGuard, address: RelayAddress, key: string, chain: RelayChain, events: PublisherEvents) {
    this.#address = address;
    this.#chain = chain;
    this.#key = key;
    this.#events = events;
    const { host, port, isTls } = address;
    this.#socket = isTls ? guard.connectTls(host, port) : guard.connect(host, port);
    this.#socket.setNoDelay(true);
    this.#opening = setTimeout(() => this.#fail(failure("source_silent", SILENT)), OPEN_MS);
    this.#socket.once(isTls ? "secureConnect" : "connect", () => this.#greet());
    this.#socket.on("data", (bytes) => this.#read(bytes));
    this.#socket.on("error", (error) => this.#fail(connectionFailed(error)));
    this.#socket.on("close", () => this.#fail(failure("connection_reset", "The other side closed the connection.")));
    // Node looks whether anything of a long write has left before it says so.
    this.#socket.setTimeout(STALL_MS, () => {
      if (this.unsentBytes > 0) this.#fail(failure("target_stalled", "The other side has stopped taking the stream."));
    });
  }

  /** What waits in this process to be sent. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** What is said of the stream before its first message. @param about texts, numbers and switches */
  sendMetadata(about: readonly (readonly [string, AmfValue])[]): void {
    const payload = Buffer.concat([writeAmf0("@setDataFrame", "onMetaData"), writeEcmaArray(about)]);
    this.#sendMedia(TAG.script, MESSAGE.dataAmf0, 0, payload);
  }

  /** @param timestampMs from the first message that was sent here */
  send(type: Exclude<TagType, typeof TAG.script>, timestampMs: number, parts: Buffer[]): void {
    this.#sendMedia(type, type === TAG.video ? MESSAGE.video : MESSAGE.audio, timestampMs, payloadOf({ parts }));
  }

  /** Says goodbye; nothing more is told. */
  close(): void {
    if (this.#isOver) return;
    if (this.#streamId !== null) {
      this.#send(command(0, "FCUnpublish", 0, null, this.#key), command(0, "deleteStream", 0, null, this.#streamId));
    }
    this.#over();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), FAREWELL_MS).unref();
  }

  /** C0 and C1 (RTMP 1.0 §5.2.2, §5.2.3): the simple handshake, which every server takes. */
  #greet(): void {
    this.#socket.write(Buffer.concat([Buffer.of(RTMP_VERSION), Buffer.alloc(8), randomBytes(HANDSHAKE_BYTES - 8)]));
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return;
    try {
      if (this.#handshake === null) this.#reader.push(bytes);
      else this.#shakeHands(Buffer.concat([this.#handshake, bytes]));
      const received = this.#socket.bytesRead;
      if (this.#isOver || received - this.#acknowledgedBytes < this.#windowBytes) return;
      this.#acknowledgedBytes = received;
      this.#send(acknowledgement(received % 2 ** 32));
    } catch (error) {
      this.#fail(toAppError(error));
    }
  }

  #shakeHands(bytes: Buffer): void {
    if (bytes.length > 0 && bytes[0] !== RTMP_VERSION) throw malformed(`version ${bytes[0]}`);
    this.#handshake = bytes;
    if (bytes.length < 1 + 2 * HANDSHAKE_BYTES) return;
    this.#handshake = null;
    // §5.2.4: C2 repeats S1.
    this.#socket.write(Buffer.from(bytes.subarray(1, 1 + HANDSHAKE_BYTES)));
    this.#send(setChunkSize(CHUNK_BYTES));
    this.#chunkBytes = CHUNK_BYTES;
    const { app, tcUrl } = this.#address;
    const flashVer = "FMLE/3.0 (compatible; Tapedeck)";
    const about = { app, type: "nonprivate", flashVer, tcUrl, ...chainProperty(this.#chain) };
    this.#send(command(0, "connect", TRANSACTION.connect, about));
    this.#reader.push(bytes.subarray(1 + 2 * HANDSHAKE_BYTES));
  }

  #receive(message: RtmpMessage): void {
    if (this.#isOver) return;
    const { typeId } = message;
    if (typeId === MESSAGE.commandAmf0 || typeId === MESSAGE.commandAmf3) {
      const { name, transactionId, args } = readCommand(typeId, payloadOf(message));
      this.#hear(name, transactionId, args);
      return;
    }
    const payload = payloadOf(message);
    if (payload.length < 4) return;
    if (typeId === MESSAGE.setChunkSize) this.#reader.setChunkBytes(payload.readUInt32BE());
    else if (typeId === MESSAGE.windowAckSize) this.#windowBytes = Math.max(1024, payload.readUInt32BE());
    else if (typeId === MESSAGE.userControl && payload.length >= 6) {
      if (payload.readUInt16BE() === USER_CONTROL.pingRequest) {
        this.#send(userControl(USER_CONTROL.pingResponse, payload.readUInt32BE(2)));
      }
    }
  }

  #hear(name: string, transactionId: number, args: AmfValue[]): void {
    if (name === "_result" && transactionId === TRANSACTION.connect) {
      this.#send(
        command(0, "releaseStream", TRANSACTION.releaseStream, null, this.#key),
        command(0, "FCPublish", TRANSACTION.publishIntent, null, this.#key),
        command(0, "createStream", TRANSACTION.createStream, null),
      );
    } else if (name === "_result" && transactionId === TRANSACTION.createStream) {
      const id = args[1];
      if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > 0xffffffff) throw malformed("stream id");
      this.#streamId = id;
      this.#send(command(id, "publish", TRANSACTION.publish, null, this.#key, "live"));
    } else if (
      name === "_error" &&
      [TRANSACTION.connect, TRANSACTION.createStream].some((id) => id === transactionId)
    ) {
      throw refused(args[1]);
    } else if (name === "onStatus") {
      this.#hearStatus(args[1]);
    }
  }

  #hearStatus(about: AmfValue): void {
    const { code, level } = asObject(about);
    if (code === "NetStream.Publish.Start" && !this.#isOpen) {
      this.#isOpen = true;
      clearTimeout(this.#opening);
      this.#events.onOpen();
    } else if (level === "error" || code === "NetStream.Unpublish.Success") {
      throw refused(about);
    }
  }

  #sendMedia(type: TagType, typeId: number, timestampMs: number, payload: Buffer): void {
    if (!this.#isOpen || this.#isOver) return;
    const streamId = this.#streamId as number;
    const message = { chunkStreamId: CHUNK_STREAMS[type], typeId, streamId, timestampMs, payload };
    this.#socket.write(writeMessage(message, this.#chunkBytes));
  }

  #send(...messages: OutgoingMessage[]): void {
    if (!this.#isOver) this.#socket.write(writeAll(messages, this.#chunkBytes));
  }

  #fail(error: AppError): void {
    if (this.#isOver) return;
    this.#over();
    this.#socket.destroy();
    this.#events.onEnd(error);
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#opening);
    this.#reader.close();
  }
}

/** Of what the other side says. */
const MAX_SAID = 200;
const SILENT = "The other side does not answer as an RTMP server does.";

function refused(about: AmfValue): AppError {
  const { code, description } = asObject(about);
  const shown = typeof code === "string" && code.length <= 100 && STATUS_CODE.test(code) ? ` (${code})` : "";
  // What it says itself, as text that may be anything; nothing said is a wrong key as a rule.
  const said = typeof description === "string" ? cleanTitle(description.slice(0, MAX_SAID)) : "";
  return failure(
    "target_refused",
    `The other side refuses the stream${shown}${said === "" ? ". Is its key right?" : `: ${said}`}`,
  );
}

function failure(code: string, message: string): AppError {
  return new AppError("source_failed", code, message);
}

function asObject(value: AmfValue): AmfObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}
