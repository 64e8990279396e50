/**
 * A TCP proxy between a client and the server that does what networks do: it is away, crawls, is slow to arrive, cuts
 * connections anywhere, and leaves them half-open, with bytes that arrive long after everybody has moved on.
 */
import { once } from "node:events";
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What a direction holds before it stops reading. */
const BUFFER_BYTES = 256 * 1024;
/** With a rate limit, bytes go out in portions of this long. */
const PORTION_MS = 50;

export class FaultyProxy {
  /** New connections are reset, as by a router without a way on. */
  isDown = false;
  /** One way, each direction. */
  delayMs = 0;
  /** Of each connection and direction. */
  bytesPerSecond = Number.POSITIVE_INFINITY;
  /** Bytes after which a connection is reset, by direction; asked once for each connection. null: never. */
  cutAfter: { up: () => number; down: () => number } | null = null;
  readonly #server: net.Server;
  readonly #links = new Set<Link>();
  connections = 0;
  cuts = 0;

  private constructor(targetPort: number) {
    // Half-open on both sides: the end of one direction is not the end of the other.
    this.#server = net.createServer({ allowHalfOpen: true }, (client) => {
      client.on("error", () => {});
      if (this.isDown) return void client.resetAndDestroy();
      this.connections += 1;
      const upstream = net.connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
      const link = new Link(this, client, upstream);
      this.#links.add(link);
      link.onGone = () => this.#links.delete(link);
    });
  }

  static async start(targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(targetPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** Resets every connection there is. */
  cut(): void {
    for (const link of [...this.#links]) link.reset();
  }

  /**
   * The connections there are stop reading and writing, without being closed; new ones work.
   *
   * @returns lets them go on: what they hold then arrives, late
   */
  freeze(): () => void {
    const links = [...this.#links];
    for (const link of links) link.setFrozen(true);
    return () => {
      for (const link of links) link.setFrozen(false);
    };
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

class Link {
  readonly #sockets: [net.Socket, net.Socket];
  readonly #pipes: Pipe[];
  #isGone = false;
  onGone: () => void = () => {};

  constructor(proxy: FaultyProxy, client: net.Socket, upstream: net.Socket) {
    this.#sockets = [client, upstream];
    const cut = proxy.cutAfter;
    const onCut = () => {
      proxy.cuts += 1;
      this.reset();
    };
    this.#pipes = [
      new Pipe(proxy, client, upstream, cut?.up() ?? Number.POSITIVE_INFINITY, onCut),
      new Pipe(proxy, upstream, client, cut?.down() ?? Number.POSITIVE_INFINITY, onCut),
    ];
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on("error", () => this.reset());
      socket.on("close", () => {
        if (this.#sockets.every(({ destroyed }) => destroyed)) this.#end();
      });
    }
  }

  setFrozen(isFrozen: boolean): void {
    for (const pipe of this.#pipes) pipe.setFrozen(isFrozen);
  }

  reset(): void {
    if (this.#isGone) return;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#end();
  }

  #end(): void {
    this.#isGone = true;
    for (const pipe of this.#pipes) pipe.stop();
    this.onGone();
  }
}

/** One direction of one connection. */
class Pipe {
  readonly #proxy: FaultyProxy;
  readonly #from: net.Socket;
  readonly #to: net.Socket;
  readonly #onCut: () => void;
  #left: number;
  /** null: the end of the direction. */
  readonly #queue: { bytes: Buffer | null; dueMs: number }[] = [];
  #heldBytes = 0;
  #isFrozen = false;
  #isStopped = false;
  #wake = () => {};

  constructor(proxy: FaultyProxy, from: net.Socket, to: net.Socket, cutAfter: number, onCut: () => void) {
    this.#proxy = proxy;
    this.#from = from;
    this.#to = to;
    this.#left = cutAfter;
    this.#onCut = onCut;
    from.on("data", (bytes) => this.#take(bytes));
    from.on("end", () => this.#take(null));
    void this.#run();
  }

  setFrozen(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    this.#flow();
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  #take(bytes: Buffer | null): void {
    this.#queue.push({ bytes, dueMs: performance.now() + this.#proxy.delayMs });
    this.#heldBytes += bytes?.length ?? 0;
    this.#flow();
    this.#wake();
  }

  #flow(): void {
    if (this.#isFrozen || this.#heldBytes > BUFFER_BYTES) this.#from.pause();
    else this.#from.resume();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const next = this.#queue[0];
      if (next === undefined || this.#isFrozen) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        await pause(waitMs);
        continue;
      }
      if (next.bytes === null) {
        this.#queue.shift();
        this.#to.end();
        continue;
      }
      await this.#write(next.bytes);
    }
  }

  /** Writes as much of the first piece as the rate allows, and cuts where it is to be cut. */
  async #write(bytes: Buffer): Promise<void> {
    const rate = this.#proxy.bytesPerSecond;
    const portion = bytes.subarray(0, Math.min(bytes.length, Math.max(1, (rate * PORTION_MS) / 1000), this.#left));
    this.#heldBytes -= portion.length;
    this.#left -= portion.length;
    if (portion.length === bytes.length) this.#queue.shift();
    else (this.#queue[0] as { bytes: Buffer }).bytes = bytes.subarray(portion.length);
    this.#flow();
    const hasRoom = portion.length === 0 || this.#to.destroyed || this.#to.write(portion);
    if (this.#left === 0) {
      // Out of the door first: a reset would take it along.
      await pause(10);
      this.#onCut();
      return;
    }
    if (!hasRoom) await Promise.race([once(this.#to, "drain"), once(this.#to, "close")]).catch(() => {});
    if (Number.isFinite(rate)) await pause(PORTION_MS);
  }
}
