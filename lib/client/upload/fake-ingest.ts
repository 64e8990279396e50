/** Stands in for the network and the server in tests of the uploader: sockets that can be cut anywhere, bytes that stay. */
import type { UploadSocket } from "@/lib/client/upload/uploader";
import type { ClientMessage, ServerMessage } from "@/lib/protocol/ingest";

export class FakeIngest {
  /** What is durable. */
  bytes: number[] = [];
  /** Every text message, in order, of all connections. */
  messages: ClientMessage[] = [];
  readonly sockets: FakeSocket[] = [];
  /** Refuses connections before they open, as a server that is down does. */
  isDown = false;
  /** Acknowledges nothing until told. */
  isHolding = false;
  isFinished = false;
  maxMessageBytes = 1024 ** 2;

  readonly open = (url: string): UploadSocket => {
    const socket = new FakeSocket(this, url);
    this.sockets.push(socket);
    queueMicrotask(() => {
      if (this.isDown) socket.drop(1006);
      else socket.accept();
    });
    return socket;
  };

  /** The connection in use. */
  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  ofType<T extends ClientMessage["type"]>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.messages.filter((message): message is Extract<ClientMessage, { type: T }> => message.type === type);
  }
}

export class FakeSocket implements UploadSocket {
  readonly url: string;
  readonly #server: FakeIngest;
  bufferedAmount = 0;
  onopen: UploadSocket["onopen"] = null;
  onmessage: UploadSocket["onmessage"] = null;
  onclose: UploadSocket["onclose"] = null;
  /** Sizes of the binary messages that came over this connection. */
  readonly messageSizes: number[] = [];
  #isOpen = false;

  constructor(server: FakeIngest, url: string) {
    this.#server = server;
    this.url = url;
  }

  accept(): void {
    this.#isOpen = true;
    this.onopen?.call(this as never, {} as Event);
    const { bytes, maxMessageBytes } = this.#server;
    this.say({ type: "ready", session: "s", take: 1, offset: bytes.length, maxMessageBytes });
  }

  say(message: ServerMessage): void {
    if (this.#isOpen) this.onmessage?.call(this as never, { data: JSON.stringify(message) } as MessageEvent);
  }

  /** Says that everything which came is durable. */
  acknowledge(): void {
    this.say({ type: "ack", offset: this.#server.bytes.length });
  }

  /** The connection is cut. */
  drop(code: number): void {
    this.#isOpen = false;
    this.onclose?.call(this as never, { code } as CloseEvent);
  }

  send(data: string | ArrayBufferView | ArrayBufferLike | Blob): void {
    if (!this.#isOpen) return;
    if (typeof data !== "string") {
      const bytes = data as Uint8Array;
      this.messageSizes.push(bytes.length);
      this.#server.bytes.push(...bytes);
      if (!this.#server.isHolding) queueMicrotask(() => this.acknowledge());
      return;
    }
    const message = JSON.parse(data) as ClientMessage;
    this.#server.messages.push(message);
    if (message.type !== "finish") return;
    this.#server.isFinished = message.offset === this.#server.bytes.length;
    queueMicrotask(() => {
      this.say({ type: "finished", offset: message.offset, sha256: message.sha256 ?? null });
      if (this.#isOpen) this.drop(1000);
    });
  }

  close(): void {
    this.#isOpen = false;
  }
}
