/**
 * A recording socket made by hand (RFC 6455), so that frames can be wrong in every way a library would not let them be.
 */
import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import net from "node:net";
import type { ServerMessage } from "@/lib/protocol/ingest";
import type { Target } from "@/tests/torture/support/recording-client";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** An answer that takes longer is none; for a machine that is busy with the run itself. */
const PATIENCE_MS = 45_000;

export interface FrameOptions {
  /** The last frame of its message. */
  fin?: boolean;
  /** Clients must mask (§5.1). */
  isMasked?: boolean;
  /** Reserved bits, 0 to 7 (§5.2). */
  reserved?: number;
  /** What the header claims instead of the length there is. */
  claimedLength?: bigint;
}

/** @see RFC 6455 §5.2 */
export function frame(opcode: number, payload: Buffer, options: FrameOptions = {}): Buffer {
  const { fin = true, isMasked = true, reserved = 0, claimedLength } = options;
  const length = claimedLength ?? BigInt(payload.length);
  const sizeBytes = length < 126n ? 0 : length < 65_536n ? 2 : 8;
  const header = Buffer.alloc(2 + sizeBytes + (isMasked ? 4 : 0));
  header[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  header[1] = (isMasked ? 0x80 : 0) | (sizeBytes === 0 ? Number(length) : sizeBytes === 2 ? 126 : 127);
  if (sizeBytes === 2) header.writeUInt16BE(Number(length), 2);
  if (sizeBytes === 8) header.writeBigUInt64BE(length, 2);
  if (!isMasked) return Buffer.concat([header, payload]);
  const mask = randomBytes(4);
  mask.copy(header, 2 + sizeBytes);
  const all = Buffer.concat([header, payload]);
  for (let at = 0; at < payload.length; at += 1) all[header.length + at]! ^= mask[at & 3] as number;
  return all;
}

export class RawSocket {
  readonly tcp: net.Socket;
  readonly messages: ServerMessage[] = [];
  closeCode: number | null = null;
  isClosed = false;
  readonly #events = new EventEmitter();
  #isOpen = false;
  #refusal: string | null = null;
  #unread = Buffer.alloc(0);

  constructor({ url, token }: Target, path: string) {
    const { hostname, port } = new URL(url);
    this.tcp = net.connect(Number(port), hostname);
    this.tcp.setNoDelay(true);
    this.tcp.on("error", () => {});
    this.tcp.on("data", (data) => this.#take(data));
    this.tcp.on("close", () => {
      this.isClosed = true;
      this.#events.emit("news");
    });
    this.tcp.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
        `Authorization: Bearer ${token}`,
        "\r\n",
      ].join("\r\n"),
    );
  }

  /** The first message of one of the types; null when the connection ends before. */
  async hear<T extends ServerMessage["type"]>(...types: T[]): Promise<Extract<ServerMessage, { type: T }> | null> {
    const find = () => this.messages.find((message) => (types as string[]).includes(message.type));
    await this.#until(() => find() !== undefined || this.isClosed, types.join(" or "));
    return (find() as Extract<ServerMessage, { type: T }> | undefined) ?? null;
  }

  /** Resolves once the connection is gone. */
  async closed(): Promise<void> {
    await this.#until(() => this.isClosed, "the end of the connection");
  }

  /** Resolves once the kernel has taken it, or the connection is gone. */
  async write(bytes: Buffer): Promise<void> {
    if (!this.tcp.writable || this.tcp.write(bytes)) return;
    await this.#until(() => this.isClosed || !this.tcp.writableNeedDrain, "room to write");
  }

  get highestAck(): number {
    let highest = 0;
    for (const message of this.messages) if (message.type === "ack") highest = Math.max(highest, message.offset);
    return highest;
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const onDrain = () => this.#events.emit("news");
    this.tcp.on("drain", onDrain);
    try {
      while (!holds()) await once(this.#events, "news", { signal });
    } catch {
      const heard = JSON.stringify(this.messages.slice(-2));
      throw new Error(`waited ${PATIENCE_MS} ms for ${what}: ${this.#refusal ?? heard}, closed with ${this.closeCode}`);
    } finally {
      this.tcp.off("drain", onDrain);
    }
  }

  #take(data: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, data]);
    if (!this.#isOpen) {
      const end = this.#unread.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#unread.subarray(0, end).toString();
      if (!head.startsWith("HTTP/1.1 101")) {
        this.#refusal = this.#unread.toString();
        return;
      }
      this.#isOpen = true;
      this.#unread = this.#unread.subarray(end + 4);
    }
    while (this.#takeFrame()) this.#events.emit("news");
  }

  /** A server does not mask, and this one does not fragment. @returns whether there was a whole frame */
  #takeFrame(): boolean {
    const bytes = this.#unread;
    if (bytes.length < 2) return false;
    const short = (bytes[1] as number) & 0x7f;
    const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < headerBytes) return false;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < headerBytes + length) return false;
    const payload = bytes.subarray(headerBytes, headerBytes + length);
    const opcode = (bytes[0] as number) & 0x0f;
    if (opcode === OPCODE.text) this.messages.push(JSON.parse(payload.toString()));
    if (opcode === OPCODE.ping && this.tcp.writable) this.tcp.write(frame(OPCODE.pong, payload));
    if (opcode === OPCODE.close) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      // The answer that ends the connection (§5.5.1).
      if (this.tcp.writable) this.tcp.end(frame(OPCODE.close, payload));
    }
    this.#unread = bytes.subarray(headerBytes + length);
    return true;
  }
}
