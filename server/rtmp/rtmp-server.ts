/** Listens for encoders, in plain and over TLS. A port that cannot be had does not keep the rest of the server from working. */
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Services } from "@/lib/server/services";
import type { Ingest } from "@/server/ingest/ingest";
import { RtmpConnection } from "@/server/rtmp/connection";
import { Streams } from "@/server/rtmp/streams";

const LOOK_MS = 1000;
const LISTEN_AGAIN_MS = 10_000;
const CLOSE_GRACE_MS = 500;

type Address = { host: string | undefined; port: number };

export class RtmpServer {
  readonly streams: Streams;
  readonly #services: Services;
  readonly #connections = new Set<RtmpConnection>();
  readonly #servers: Server[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #looking: NodeJS.Timeout | undefined;

  constructor(services: Services, ingest: Ingest) {
    this.#services = services;
    this.streams = new Streams(services, ingest);
  }

  /** Puts right what a crash has left of streams, then listens where the settings say. */
  async start(): Promise<void> {
    await this.streams.recover();
    this.#looking = setInterval(() => {
      for (const connection of this.#connections) connection.look();
      this.streams.endExpired();
    }, LOOK_MS);
    const { RTMP_LISTEN, RTMPS_LISTEN, RTMPS_CERT_FILE, RTMPS_KEY_FILE } = this.#services.config;
    if (RTMP_LISTEN !== null) await this.#listen(RTMP_LISTEN, createServer, "rtmp");
    if (RTMPS_LISTEN !== null && RTMPS_CERT_FILE !== "") {
      const tls = { cert: readFileSync(RTMPS_CERT_FILE), key: readFileSync(RTMPS_KEY_FILE) };
      await this.#listen(RTMPS_LISTEN, () => createTlsServer({ ...tls, handshakeTimeout: 10_000 }), "rtmps");
    }
  }

  /** The port that was taken; null: none. */
  get port(): number | null {
    return this.#portOf(0);
  }

  get tlsPort(): number | null {
    return this.#portOf(1);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    for (const timer of this.#timers) clearTimeout(timer);
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    await this.streams.close();
    for (const connection of this.#connections)
      connection.end("NetStream.Unpublish.Restarting", "The server restarts.");
    const force = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, CLOSE_GRACE_MS);
    await Promise.all(closed);
    clearTimeout(force);
  }

  #portOf(index: number): number | null {
    return (this.#servers[index]?.address() as AddressInfo | null)?.port ?? null;
  }

  async #listen(address: Address, make: () => Server, scheme: string): Promise<void> {
    const { log } = this.#services;
    const server = make();
    server.on(scheme === "rtmps" ? "secureConnection" : "connection", (socket: Socket) => this.#accept(socket));
    // A client that breaks off its TLS handshake.
    server.on("tlsClientError", (error) => log.debug({ error: error.message }, "TLS handshake failed"));
    this.#servers.push(server);
    const listen = () =>
      new Promise<void>((resolve) => {
        const fail = (error: NodeJS.ErrnoException) => {
          log.error({ ...address, code: error.code }, `cannot listen for ${scheme}; it is tried again`);
          const timer = setTimeout(() => {
            this.#timers.delete(timer);
            void listen();
          }, LISTEN_AGAIN_MS);
          this.#timers.add(timer);
          resolve();
        };
        server.once("error", fail);
        server.listen({ ...address, backlog: 1024 }, () => {
          server.off("error", fail);
          server.on("error", (error) => log.error({ error: error.message }, `${scheme} server failed`));
          log.info({ ...address, port: (server.address() as AddressInfo).port }, `${scheme} listens`);
          resolve();
        });
      });
    await listen();
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#services.config.RTMP_MAX_CONNECTIONS && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    const connection = new RtmpConnection(this.#services, this.streams, socket, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
  }

  /** Of those that publish nothing the oldest goes. @returns whether one went */
  #makeRoom(): boolean {
    for (const connection of this.#connections) {
      if (connection.isPublishing) continue;
      this.#connections.delete(connection);
      connection.destroy();
      return true;
    }
    return false;
  }
}
