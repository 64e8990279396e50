/** One RTMP connection, from its handshake to its end: what an encoder says, and what it is answered. */
import { createHmac, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { TAG, type TagType } from "@/lib/media/flv/flv-file";
import type { AmfObject, AmfValue } from "@/lib/media/rtmp/amf-value";
import { ChunkReader, payloadOf, type RtmpMessage } from "@/lib/media/rtmp/chunk-reader";
import type { OutgoingMessage } from "@/lib/media/rtmp/chunk-writer";
import { answerHandshake, HANDSHAKE_BYTES, RTMP_VERSION } from "@/lib/media/rtmp/handshake";
import { malformed } from "@/lib/media/rtmp/malformed";
import {
  acknowledgement,
  type Command,
  command,
  MESSAGE,
  readCommand,
  readData,
  setChunkSize,
  setPeerBandwidth,
  status,
  USER_CONTROL,
  userControl,
  windowAckSize,
  writeAll,
} from "@/lib/media/rtmp/messages";
import { toServerError } from "@/lib/server/database/away";
import type { Services } from "@/lib/server/services";
import type { Encoder, LiveStream } from "@/server/rtmp/live-stream";
import { type RelayChain, readChain } from "@/server/rtmp/relay-chain";
import type { Streams } from "@/server/rtmp/streams";

/** What is sent before publishing is commands. */
const LIMITS_BEFORE = { messageBytes: 64 * 1024, unfinishedBytes: 128 * 1024 };
/** A key frame of 4K at a very high rate is some megabytes. */
const LIMITS_PUBLISHING = { messageBytes: 8 * 1024 ** 2, unfinishedBytes: 16 * 1024 ** 2 };
/** What publishers are told, so that they send large chunks: with small ones the work is twice as much. */
const PUBLISHER_CHUNK_BYTES = 65_536;
/** From the connection to its handshake, and to its stream. */
const HANDSHAKE_MS = 10_000;
const PUBLISH_MS = 20_000;
/** An encoder that is silent for so long is asked whether it lives, and then gone: within 15 s with the looking. */
const PING_AFTER_MS = 5000;
const SILENT_MS = 13_000;
/** A peer that does not read what it is sent. */
const MAX_UNSENT_BYTES = 256 * 1024;
/** The last words to an encoder have this long to leave. */
const FAREWELL_MS = 500;
const STREAM_ID = 1;

const crypto = {
  hmac: (key: Uint8Array, bytes: Uint8Array) => createHmac("sha256", key).update(bytes).digest(),
  random: randomBytes,
};

export class RtmpConnection implements Encoder {
  readonly openedAtMs = performance.now();
  name: string | null = null;
  chain: RelayChain = [];
  readonly #services: Services;
  readonly #streams: Streams;
  readonly #socket: Socket;
  readonly #reader: ChunkReader;
  /** What came of the handshake; null once it is done. */
  #handshake: Buffer | null = Buffer.alloc(0);
  #hasAnswered = false;
  #chunkBytes = 128;
  #app: { name: string; rest: string } | null = null;
  #stream: LiveStream | null = null;
  #isPublishing = false;
  #saidGoodbye = false;
  #isOver = false;
  #windowBytes: number;
  #acknowledgedBytes = 0;
  #heardAtMs = performance.now();
  #hasPinged = false;
  readonly #holds = new Set<"disk" | "asking">();

  constructor(services: Services, streams: Streams, socket: Socket, onClose: () => void) {
    this.#services = services;
    this.#streams = streams;
    this.#socket = socket;
    this.#windowBytes = services.config.RTMP_WINDOW_ACK_SIZE;
    this.#reader = new ChunkReader(LIMITS_BEFORE, (message) => this.#receive(message));
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", (error) => services.log.debug({ error: error.message }, "RTMP socket failed"));
    socket.on("close", () => {
      this.#isOver = true;
      onClose();
      const stream = this.#stream;
      this.#stream = null;
      if (stream !== null) void this.#streams.end(stream, this.#saidGoodbye ? "left" : "gone");
    });
  }

  get isPublishing(): boolean {
    return this.#stream !== null;
  }

  hold(): void {
    this.#hold("disk");
  }

  release(): void {
    this.#release("disk");
  }

  end(code: string, description: string): void {
    if (this.#isOver) return;
    this.#send(status(STREAM_ID, "error", code, description));
    this.#close();
  }

  /** Called every second: ends who is too slow, and who has gone without a word. */
  look(now = performance.now()): void {
    const ageMs = now - this.openedAtMs;
    if (this.#handshake !== null && ageMs > HANDSHAKE_MS) {
      this.#drop("no handshake in time");
      return;
    }
    if (this.#stream === null) {
      if (ageMs > PUBLISH_MS) this.#drop("nothing published in time");
      return;
    }
    // Who is not read cannot show that it lives.
    if (this.#socket.isPaused()) this.#heardAtMs = now;
    const silentMs = now - this.#heardAtMs;
    if (silentMs > SILENT_MS) {
      this.#drop("silent");
      return;
    }
    if (silentMs > PING_AFTER_MS && !this.#hasPinged) {
      this.#hasPinged = true;
      this.#send(userControl(USER_CONTROL.pingRequest, Math.round(now)));
    }
  }

  /** Ends it at once. */
  destroy(): void {
    this.#isOver = true;
    this.#reader.close();
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#heardAtMs = performance.now();
    this.#hasPinged = false;
    try {
      if (this.#handshake === null) this.#reader.push(bytes);
      else this.#shakeHands(Buffer.concat([this.#handshake, bytes]));
      const received = this.#socket.bytesRead;
      if (received - this.#acknowledgedBytes < this.#windowBytes || this.#isOver) return;
      this.#acknowledgedBytes = received;
      this.#send(acknowledgement(received % 2 ** 32));
    } catch (thrown) {
      const error = toServerError(thrown);
      const isOurs = error.kind === "internal";
      this.#services.log[isOurs ? "error" : "info"](
        { code: error.code, detail: error.detail, error: error.cause, address: this.#socket.remoteAddress },
        "RTMP connection ended for what it sent",
      );
      this.destroy();
    }
  }

  /** C0, C1 and C2 (RTMP 1.0 §5.2); what C2 says is not looked at, as nobody else does. */
  #shakeHands(bytes: Buffer): void {
    if (bytes.length > 0 && bytes[0] !== RTMP_VERSION) throw malformed(`version ${bytes[0]}`);
    this.#handshake = bytes;
    if (bytes.length < 1 + HANDSHAKE_BYTES) return;
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      this.#socket.write(answerHandshake(bytes.subarray(1, 1 + HANDSHAKE_BYTES), crypto).bytes);
    }
    if (bytes.length < 1 + 2 * HANDSHAKE_BYTES) return;
    this.#handshake = null;
    this.#reader.push(bytes.subarray(1 + 2 * HANDSHAKE_BYTES));
  }

  #receive(message: RtmpMessage): void {
    if (this.#isOver) return;
    const { typeId, timestampMs, parts, length } = message;
    switch (typeId) {
      case MESSAGE.video:
      case MESSAGE.audio:
        this.#stream?.takeMedia(typeId === MESSAGE.video ? TAG.video : TAG.audio, timestampMs, parts, length);
        return;
      case MESSAGE.aggregate:
        this.#receiveAggregate(message);
        return;
      case MESSAGE.dataAmf0:
      case MESSAGE.dataAmf3:
        this.#stream?.takeData(readData(typeId, payloadOf(message)));
        return;
      case MESSAGE.commandAmf0:
      case MESSAGE.commandAmf3:
        this.#obey(readCommand(typeId, payloadOf(message)));
        return;
      default:
        this.#control(typeId, payloadOf(message));
        return;
    }
  }

  #control(typeId: number, payload: Buffer): void {
    const word = () => {
      if (payload.length < 4) throw malformed(`control message ${typeId} of ${payload.length} bytes`);
      return payload.readUInt32BE();
    };
    switch (typeId) {
      case MESSAGE.setChunkSize:
        this.#reader.setChunkBytes(word());
        return;
      case MESSAGE.abort:
        this.#reader.abort(word());
        return;
      case MESSAGE.windowAckSize:
        this.#windowBytes = Math.max(1024, word());
        return;
      case MESSAGE.userControl:
        if (payload.length >= 6 && payload.readUInt16BE() === USER_CONTROL.pingRequest) {
          this.#send(userControl(USER_CONTROL.pingResponse, payload.readUInt32BE(2)));
        }
    }
  }

  /** §7.1.6: several messages in one, each as an FLV tag; their times are counted from the message's own. */
  #receiveAggregate(message: RtmpMessage): void {
    const payload = payloadOf(message);
    let baseMs: number | null = null;
    for (let at = 0; at + 11 <= payload.length; ) {
      const type = payload[at] as number;
      const length = payload.readUIntBE(at + 1, 3);
      const fieldMs = payload.readUIntBE(at + 4, 3) + (payload[at + 7] as number) * 2 ** 24;
      const body = payload.subarray(at + 11, at + 11 + length);
      if (body.length < length) throw malformed("aggregate message ends too early");
      baseMs ??= fieldMs;
      const timestampMs = (message.timestampMs + fieldMs - baseMs) % 2 ** 32;
      if (type === TAG.audio || type === TAG.video) {
        this.#stream?.takeMedia(type as TagType, timestampMs, [body], length);
      }
      at += 11 + length + 4;
    }
  }

  #obey({ name, transactionId, args }: Command): void {
    switch (name) {
      case "connect":
        this.#connect(transactionId, args[0]);
        return;
      case "createStream":
        this.#send(command(0, "_result", transactionId, null, STREAM_ID));
        return;
      case "publish":
        void this.#publish(args[1]);
        return;
      case "FCPublish":
        this.#send(command(0, "onFCPublish", 0, null, publishStatus()));
        return;
      case "FCUnpublish":
      case "deleteStream":
      case "closeStream":
        this.#sayGoodbye();
        return;
      case "play":
        this.#send(
          status(STREAM_ID, "error", "NetStream.Play.StreamNotFound", "Streams are not played over RTMP here."),
        );
        return;
      default:
        // releaseStream, _checkbw, getStreamLength and whatever else wants an answer.
        if (transactionId > 0 && !name.startsWith("_")) this.#send(command(0, "_result", transactionId, null, null));
    }
  }

  #connect(transactionId: number, about: AmfValue): void {
    const { RTMP_CHUNK_SIZE, RTMP_WINDOW_ACK_SIZE } = this.#services.config;
    const properties = about !== null && typeof about === "object" && !Array.isArray(about) ? about : ({} as AmfObject);
    const [name = "", ...rest] = String(properties.app ?? "")
      .replace(/\?.*$/, "")
      .split("/")
      .filter(Boolean);
    this.#app = { name, rest: rest.join("/") };
    this.chain = readChain(properties);
    if (typeof properties.flashVer === "string") this.name = properties.flashVer.slice(0, 100);
    this.#send(windowAckSize(RTMP_WINDOW_ACK_SIZE), setPeerBandwidth(RTMP_WINDOW_ACK_SIZE));
    this.#announceChunks(RTMP_CHUNK_SIZE);
    this.#send(
      command(
        0,
        "_result",
        transactionId,
        { fmsVer: "FMS/3,5,7,7009", capabilities: 31, mode: 1 },
        {
          ...{ level: "status", code: "NetConnection.Connect.Success", description: "Connected." },
          objectEncoding: properties.objectEncoding === 3 ? 3 : 0,
        },
      ),
    );
  }

  #announceChunks(bytes: number): void {
    this.#send(setChunkSize(bytes));
    this.#chunkBytes = bytes;
  }

  async #publish(given: AmfValue): Promise<void> {
    if (this.#app === null || this.#isPublishing) return this.end("NetStream.Publish.BadName", "Connect first, once.");
    this.#isPublishing = true;
    const { name, rest } = this.#app;
    const secret = [rest, String(given ?? "").replace(/\?.*$/, "")].filter(Boolean).join("/");
    // Nothing of the stream is to be read before it is known whose it is.
    this.#hold("asking");
    try {
      const stream = await this.#streams.publish(name, secret, this);
      if (this.#isOver) return void this.#streams.end(stream, "gone");
      this.#stream = stream;
      this.#reader.limits = LIMITS_PUBLISHING;
      this.#announceChunks(Math.max(PUBLISHER_CHUNK_BYTES, this.#services.config.RTMP_CHUNK_SIZE));
      this.#send(
        userControl(USER_CONTROL.streamBegin, STREAM_ID),
        status(STREAM_ID, "status", "NetStream.Publish.Start", "The stream is published."),
      );
      this.#release("asking");
    } catch (thrown) {
      const error = toServerError(thrown);
      const level = error.kind === "internal" ? "error" : "info";
      this.#services.log[level](
        { code: error.code, app: name, address: this.#socket.remoteAddress, error: error.cause },
        "publishing refused",
      );
      this.end(error.kind === "conflict" ? "NetStream.Publish.BadName" : "NetStream.Publish.Denied", error.message);
    }
  }

  #sayGoodbye(): void {
    const stream = this.#stream;
    this.#saidGoodbye = true;
    this.#stream = null;
    if (stream === null) return;
    this.#send(status(STREAM_ID, "status", "NetStream.Unpublish.Success", "The stream is over."));
    void this.#streams.end(stream, "left");
  }

  #hold(reason: "disk" | "asking"): void {
    this.#holds.add(reason);
    this.#socket.pause();
  }

  #release(reason: "disk" | "asking"): void {
    if (this.#holds.delete(reason) && this.#holds.size === 0) this.#socket.resume();
  }

  #send(...messages: OutgoingMessage[]): void {
    if (this.#isOver || this.#socket.destroyed) return;
    this.#socket.write(writeAll(messages, this.#chunkBytes));
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.#drop("does not read");
  }

  #drop(why: string): void {
    const level = this.#stream === null ? "debug" : "info";
    this.#services.log[level]({ why, streamId: this.#stream?.id }, "RTMP connection dropped");
    this.destroy();
  }

  #close(): void {
    this.#isOver = true;
    this.#reader.close();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), FAREWELL_MS).unref();
  }
}

function publishStatus(): AmfObject {
  return { level: "status", code: "NetStream.Publish.Start", description: "Go on." };
}
