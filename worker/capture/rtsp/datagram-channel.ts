/**
 * RTP and RTCP of one track as datagrams (RFC 3550 §11), for cameras that do not send over the RTSP connection: two sockets on
 * a pair of ports, which hear the camera's own address alone. Not on by themselves; SETUP tells the camera where they are.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { CameraFailure } from "@/lib/domain/camera-causes";
import { ReorderBuffer } from "@/lib/media/rtsp/reorder-buffer";

/** A key frame comes in one burst; the kernel gives as much of this as it may. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** A packet that overtook another waits so long: more than the jitter of a network with cameras. */
const MAX_WAIT_MS = 100;
/** Ports of applications (RFC 6335 §6), of which the even one is for RTP. */
const PORTS = { first: 20_000, pairs: 14_000 } as const;
const ATTEMPTS = 20;
/** Opens the way back through what is between: a packet without a payload, as others send it. */
const GREETING = Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

export interface DatagramPath {
  /** Of this machine, by which the camera is reached. */
  localAddress: string;
  /** The camera's; what comes from elsewhere is not listened to. */
  remoteAddress: string;
}

export interface DatagramHandlers {
  onRtp(packet: Uint8Array): void;
  onRtcp(packet: Uint8Array): void;
}

export class DatagramChannel {
  /** The even one; RTCP has the next. */
  readonly port: number;
  readonly #sockets: readonly [rtp: Socket, rtcp: Socket];
  readonly #remoteAddress: string;
  readonly #order: ReorderBuffer;
  #timer: NodeJS.Timeout | null = null;
  #remotePorts: { rtp: number; rtcp: number } | null = null;
  #isPaused = false;

  private constructor(
    port: number,
    sockets: readonly [Socket, Socket],
    { remoteAddress }: DatagramPath,
    handlers: DatagramHandlers,
  ) {
    this.port = port;
    this.#sockets = sockets;
    this.#remoteAddress = remoteAddress;
    this.#order = new ReorderBuffer(handlers.onRtp);
    this.#listen(sockets[0], (packet) => this.#take(packet));
    this.#listen(sockets[1], handlers.onRtcp);
  }

  /** @throws {CameraFailure} internal, when no two ports beside each other are free */
  static async open(path: DatagramPath, handlers: DatagramHandlers): Promise<DatagramChannel> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const port = PORTS.first + 2 * Math.floor(Math.random() * PORTS.pairs);
      const sockets = await bindPair(port, path.localAddress);
      if (sockets !== null) return new DatagramChannel(port, sockets, path, handlers);
    }
    throw new CameraFailure("internal", "There are no free ports for what the camera sends over UDP.");
  }

  /** Where the camera sends from: greets it there. */
  greet(remotePorts: { rtp: number; rtcp: number }): void {
    this.#remotePorts = remotePorts;
    this.#send(0, GREETING, remotePorts.rtp);
  }

  /** Sends a report of ours. */
  sendRtcp(packet: Uint8Array): void {
    if (this.#remotePorts !== null) this.#send(1, packet, this.#remotePorts.rtcp);
  }

  /** What comes is let go, and counted as lost: a datagram cannot be told to wait. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const socket of this.#sockets) socket.close();
  }

  #send(socket: 0 | 1, packet: Uint8Array, port: number): void {
    // One that is not sent is not missed: what counts is whether pictures come.
    this.#sockets[socket].send(packet, port, this.#remoteAddress, () => {});
  }

  #listen(socket: Socket, onPacket: (packet: Uint8Array) => void): void {
    socket.on("message", (packet, { address }) => {
      if (address === this.#remoteAddress && !this.#isPaused) onPacket(packet);
    });
    // "Port unreachable" of a camera that is gone: noticed by the pictures that do not come.
    socket.on("error", () => {});
  }

  #take(packet: Uint8Array): void {
    this.#order.push(packet);
    if (!this.#order.isHolding) {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#order.flush();
      }, MAX_WAIT_MS);
    }
  }
}

/** @returns null: one of the two is taken */
async function bindPair(port: number, address: string): Promise<[Socket, Socket] | null> {
  const bind = async (at: number) => {
    const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES });
    const listening = once(socket, "listening");
    socket.bind({ address, port: at, exclusive: true });
    try {
      await listening;
      return socket;
    } catch {
      socket.close();
      return null;
    }
  };
  const [rtp, rtcp] = [await bind(port), await bind(port + 1)];
  if (rtp !== null && rtcp !== null) return [rtp, rtcp];
  rtp?.close();
  rtcp?.close();
  return null;
}
