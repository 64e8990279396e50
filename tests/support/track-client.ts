/** A recording socket as a program would open it: sends what it is told, and remembers what it hears. */
import { EventEmitter, once } from "node:events";
import WebSocket from "ws";
import type { ServerMessage } from "@/lib/protocol/ingest";

export class TrackClient {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  closeCode: number | null = null;
  readonly #events = new EventEmitter();

  /** @param url of the server, `http://…`; @param path with the query */
  constructor(url: string, path: string, token: string | null, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`, {
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
    this.socket.on("message", (data) => {
      this.messages.push(JSON.parse(data.toString()));
      this.#events.emit("message");
    });
    this.socket.on("close", (code) => {
      this.closeCode = code;
      this.#events.emit("message");
    });
    this.socket.on("error", () => {});
  }

  /** HTTP status with which the upgrade was refused. */
  async refusal(): Promise<number> {
    const [, response] = await once(this.socket, "unexpected-response");
    return response.statusCode;
  }

  /** The first message for which `matches` holds, heard already or yet to come; rejects when the socket closes. */
  async hear<T extends ServerMessage["type"]>(
    type: T,
    matches: (message: Extract<ServerMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { type: T }>> {
    for (;;) {
      const found = this.messages.find(
        (message): message is Extract<ServerMessage, { type: T }> =>
          message.type === type && matches(message as Extract<ServerMessage, { type: T }>),
      );
      if (found !== undefined) return found;
      if (this.closeCode !== null) {
        throw new Error(`closed with ${this.closeCode} before "${type}": ${JSON.stringify(this.messages.slice(-3))}`);
      }
      await once(this.#events, "message");
    }
  }

  /** Waits until everything before `offset` is acknowledged. */
  async acknowledged(offset: number): Promise<void> {
    await this.hear("ack", (message) => message.offset >= offset);
  }

  send(data: Buffer | string | object): void {
    this.socket.send(typeof data === "string" || Buffer.isBuffer(data) ? data : JSON.stringify(data));
  }

  /** Close code, once it is closed. */
  async closed(): Promise<number> {
    while (this.closeCode === null) await once(this.#events, "message");
    return this.closeCode;
  }

  async close(code?: number): Promise<number> {
    this.socket.close(code);
    return this.closed();
  }
}
