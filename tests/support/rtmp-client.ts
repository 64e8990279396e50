/** A publisher of our own, for what real encoders do not do: sends any bytes, and media as cheaply as can be. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ChunkReader, payloadOf, type RtmpMessage } from "@/lib/media/rtmp/chunk-reader";
import { type OutgoingMessage, writeMessage } from "@/lib/media/rtmp/chunk-writer";
import { HANDSHAKE_BYTES } from "@/lib/media/rtmp/handshake";
import { command, MESSAGE, readCommand, setChunkSize, USER_CONTROL, userControl } from "@/lib/media/rtmp/messages";

export const CLIENT_CHUNK_BYTES = 65_536;
/** C0, C1 and C2 at once; the server does not look at the last. */
export const GREETING = Buffer.concat([Buffer.from([3]), Buffer.alloc(2 * HANDSHAKE_BYTES)]);

/** What an encoder says after its greeting, up to the first media. */
export function publishingWords(app: string, key: string): Buffer[] {
  return [
    writeMessage(setChunkSize(CLIENT_CHUNK_BYTES), 128),
    ...[
      command(0, "connect", 1, { app, type: "nonprivate", flashVer: "FMLE/3.0", tcUrl: `rtmp://localhost/${app}` }),
      command(0, "releaseStream", 2, null, key),
      command(0, "FCPublish", 3, null, key),
      command(0, "createStream", 4, null),
      command(1, "publish", 5, null, key, "live"),
    ].map((message) => writeMessage(message, CLIENT_CHUNK_BYTES)),
  ];
}

export function mediaMessage(type: "audio" | "video", timestampMs: number, payload: Buffer): OutgoingMessage {
  return { chunkStreamId: type === "audio" ? 4 : 6, typeId: MESSAGE[type], streamId: 1, timestampMs, payload };
}

export class RtmpClient {
  readonly socket: Socket;
  readonly messages: RtmpMessage[] = [];
  /** Codes of the onStatus that came. */
  readonly statuses: string[] = [];
  #waiters: (() => void)[] = [];
  #skipBytes = 1 + 2 * HANDSHAKE_BYTES;
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = new ChunkReader({ messageBytes: 1 << 20, unfinishedBytes: 1 << 21 }, (message) => {
      this.messages.push(message);
      if (message.typeId === MESSAGE.setChunkSize) reader.setChunkBytes(payloadOf(message).readUInt32BE());
      if (message.typeId === MESSAGE.userControl && payloadOf(message).readUInt16BE() === USER_CONTROL.pingRequest) {
        const answer = userControl(USER_CONTROL.pingResponse, payloadOf(message).readUInt32BE(2));
        this.send(writeMessage(answer, CLIENT_CHUNK_BYTES));
      }
      if (message.typeId !== MESSAGE.commandAmf0) return;
      const { name, args } = readCommand(message.typeId, payloadOf(message));
      if (name === "onStatus") this.statuses.push(String((args[1] as { code?: string }).code));
    });
    socket.on("data", (bytes) => {
      const skipped = Math.min(this.#skipBytes, bytes.length);
      this.#skipBytes -= skipped;
      if (skipped < bytes.length) reader.push(bytes.subarray(skipped));
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RtmpClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const client = new RtmpClient(socket);
    await once(socket, "connect");
    return client;
  }

  /** Opens a connection and publishes. @throws when it is refused */
  static async publish(port: number, app: string, key: string): Promise<RtmpClient> {
    const client = await RtmpClient.open(port);
    client.send(GREETING, ...publishingWords(app, key));
    await client.until(() => client.statuses.length > 0);
    if (client.statuses[0] !== "NetStream.Publish.Start") throw new Error(client.statuses[0] ?? "closed");
    return client;
  }

  send(...bytes: Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(bytes));
  }

  sendMedia(type: "audio" | "video", timestampMs: number, payload: Buffer): void {
    this.send(writeMessage(mediaMessage(type, timestampMs, payload), CLIENT_CHUNK_BYTES));
  }

  /** Says goodbye as encoders do. */
  leave(): void {
    const words = [command(0, "FCUnpublish", 6, null, ""), command(0, "deleteStream", 7, null, 1)];
    this.send(...words.map((message) => writeMessage(message, CLIENT_CHUNK_BYTES)));
    this.socket.end();
  }

  async closed(): Promise<void> {
    await this.until(() => this.isClosed);
  }

  /** Resolves when it holds, or the connection is closed. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.isClosed) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

/** Baseline profile, 320x240. */
const AVC_CONFIG = Buffer.from(
  "0142c00dffe1001a6742c00dd90141fb0110000003001000000303c8f14 2a480".replace(/ /g, ""),
  "hex",
);

/** Configuration and key frame of a picture; what is in the frame is nothing a decoder would like. */
export const MEDIA = {
  videoConfig: Buffer.concat([Buffer.from([0x17, 0, 0, 0, 0]), AVC_CONFIG, Buffer.from("01000468cb83cb20", "hex")]),
  audioConfig: Buffer.from([0xaf, 0, 0x12, 0x10]),
  frame: (isKeyframe: boolean, body: Buffer) =>
    Buffer.concat([Buffer.from([isKeyframe ? 0x17 : 0x27, 1, 0, 0, 0]), body]),
  sound: (body: Buffer) => Buffer.concat([Buffer.from([0xaf, 1]), body]),
};
