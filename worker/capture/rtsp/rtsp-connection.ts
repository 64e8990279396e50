/**
 * One RTSP connection over TCP or TLS: requests with their answers, and the packets between them. All connections of the
 * process read into one buffer, in large pieces, and every packet is used where it lies.
 */
import type { Socket } from "node:net";
import { CameraFailure } from "@/lib/domain/camera-causes";
import { AppError } from "@/lib/domain/errors";
import { GarbledStream, InterleavedReader } from "@/lib/media/rtsp/interleaved-reader";
import { header, type RtspMessage, writeRequest } from "@/lib/media/rtsp/rtsp-message";
import type { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { Authorizer, type RtspCredentials } from "@/worker/capture/rtsp/authorize";

/** One read takes what the kernel has: a key frame of 1080p in one or two. */
const READ_BYTES = 256 * 1024;
/** Used by every connection: it is empty again when the callback returns. */
const sharedBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
const ANSWER_TIMEOUT_MS = 8000;
const USER_AGENT = "Tapedeck";

export interface ConnectionTarget {
  /** Without user and password. */
  url: string;
  credentials: RtspCredentials | null;
  /** Certificates must be valid; cameras mostly make their own. */
  verifiesTls: boolean;
}

export interface ConnectionHandlers {
  onPacket(channel: number, bytes: Uint8Array, start: number, end: number): void;
  /** Called once, however it ends; null: {@link RtspConnection.close}. */
  onEnd(failure: CameraFailure | null): void;
}

export class RtspConnection {
  readonly #handlers: ConnectionHandlers;
  readonly #authorizer: Authorizer | null;
  readonly #answers = new Map<number, { resolve(message: RtspMessage): void; reject(error: Error): void }>();
  readonly #reader: InterleavedReader;
  #socket!: Socket;
  #sequence = 0;
  #ended = false;
  #isPaused = false;
  /** Bytes read. */
  bytes = 0;

  private constructor(handlers: ConnectionHandlers, credentials: RtspCredentials | null) {
    this.#handlers = handlers;
    this.#authorizer = credentials === null ? null : new Authorizer(credentials);
    this.#reader = new InterleavedReader({
      onPacket: (channel, bytes, start, end) => {
        if (!this.#ended) handlers.onPacket(channel, bytes, start, end);
      },
      onMessage: (message) => this.#message(message),
    });
  }

  /** @throws {CameraFailure} */
  static async open(
    guard: OutboundGuard,
    target: ConnectionTarget,
    handlers: ConnectionHandlers,
  ): Promise<RtspConnection> {
    const connection = new RtspConnection(handlers, target.credentials);
    await connection.#connect(guard, target);
    return connection;
  }

  #connect(guard: OutboundGuard, { url, verifiesTls }: ConnectionTarget): Promise<void> {
    return new Promise((resolve, reject) => {
      const isTls = /^rtsps:/i.test(url);
      // Read as http, which knows the parts of an authority; `URL` leaves those of unknown schemes alone.
      const { hostname, port } = new URL(url.replace(/^rtsps?:/i, "http:"));
      const options = {
        noDelay: true,
        onread: {
          buffer: sharedBuffer,
          callback: (read: number, bytes: Uint8Array) => {
            this.#read(bytes, read);
            return !this.#isPaused;
          },
        },
      };
      const timer = setTimeout(() => this.#end(new CameraFailure("unreachable")), ANSWER_TIMEOUT_MS);
      const settle = (failure: CameraFailure | null) => {
        clearTimeout(timer);
        if (failure === null) resolve();
        else reject(failure);
      };
      this.#onConnectFailure = settle;
      try {
        const at = Number(port) || (isTls ? 322 : 554);
        this.#socket = isTls
          ? guard.connectTls(hostname, at, { ...options, rejectUnauthorized: verifiesTls })
          : guard.connect(hostname, at, options);
      } catch (error) {
        settle(failureOf(error));
        return;
      }
      this.#socket.once(isTls ? "secureConnect" : "connect", () => {
        this.#onConnectFailure = null;
        settle(null);
      });
      this.#socket.on("error", (error) => this.#end(failureOf(error)));
      this.#socket.on("close", () => this.#end(new CameraFailure("closed")));
      this.#socket.on("end", () => this.#end(new CameraFailure("closed")));
    });
  }
  #onConnectFailure: ((failure: CameraFailure) => void) | null = null;

  /**
   * Asks, with credentials once the camera wants them.
   *
   * @returns the answer, whatever its status
   * @throws {CameraFailure} when there is none
   */
  async request(method: string, url: string, headers: Record<string, string | undefined> = {}): Promise<RtspMessage> {
    const answer = await this.#ask(method, url, headers);
    if (answer.status !== 401) return answer;
    const isWorthIt = this.#authorizer?.accept(answer.headers.get("www-authenticate") ?? []) ?? false;
    return isWorthIt ? this.#ask(method, url, headers) : answer;
  }

  /** By which addresses it goes. */
  get path(): { localAddress: string; remoteAddress: string } {
    const { localAddress = "", remoteAddress = "" } = this.#socket;
    return { localAddress, remoteAddress };
  }

  /** Sends a packet of ours. */
  sendPacket(channel: number, packet: Uint8Array): void {
    if (this.#ended) return;
    this.#socket.write(Buffer.concat([Buffer.of(0x24, channel, packet.length >> 8, packet.length & 0xff), packet]));
  }

  /** Stops reading: the disk is behind. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Sends what is to be said last, without waiting for an answer, and ends. */
  close(lastMethod?: string, url?: string, headers: Record<string, string | undefined> = {}): void {
    if (!this.#ended && lastMethod !== undefined && url !== undefined) this.#send(lastMethod, url, headers);
    this.#end(null);
  }

  #ask(method: string, url: string, headers: Record<string, string | undefined>): Promise<RtspMessage> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new CameraFailure("closed"));
      const sequence = this.#send(method, url, headers);
      const timer = setTimeout(() => {
        this.#answers.delete(sequence);
        reject(new CameraFailure("unreachable", "The camera accepted the connection and does not answer."));
      }, ANSWER_TIMEOUT_MS);
      const settled =
        <T>(act: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          act(value);
        };
      this.#answers.set(sequence, { resolve: settled(resolve), reject: settled(reject) });
    });
  }

  #send(method: string, url: string, headers: Record<string, string | undefined>): number {
    const sequence = ++this.#sequence;
    const Authorization = this.#authorizer?.header(method, url);
    this.#socket.write(writeRequest(method, url, sequence, { ...headers, Authorization, "User-Agent": USER_AGENT }));
    return sequence;
  }

  #read(bytes: Uint8Array, length: number): void {
    if (this.#ended) return;
    this.bytes += length;
    try {
      this.#reader.take(bytes, length);
    } catch (error) {
      this.#end(failureOf(error));
    }
  }

  #message(message: RtspMessage): void {
    const sequence = Number(header(message, "cseq"));
    if (message.status === null) {
      // Whatever the camera asks for: it is told that it was heard (RFC 2326 §10).
      this.#socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${sequence || 0}\r\n\r\n`);
      return;
    }
    const waiting = this.#answers.get(sequence);
    this.#answers.delete(sequence);
    waiting?.resolve(message);
  }

  #end(failure: CameraFailure | null): void {
    if (this.#ended) return;
    this.#ended = true;
    const onConnectFailure = this.#onConnectFailure;
    this.#onConnectFailure = null;
    for (const { reject } of this.#answers.values()) reject(failure ?? new CameraFailure("closed"));
    this.#answers.clear();
    if (failure === null) {
      this.#socket.end();
      // A camera that does not answer the end is not waited for.
      setTimeout(() => this.#socket.destroy(), 1000).unref();
    } else this.#socket?.destroy();
    if (onConnectFailure !== null) onConnectFailure(failure ?? new CameraFailure("closed"));
    else this.#handlers.onEnd(failure);
  }
}

const SYSTEM_CAUSES: Readonly<Record<string, ConstructorParameters<typeof CameraFailure>[0]>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "no_route",
  ENETUNREACH: "no_route",
  EHOSTDOWN: "no_route",
  ETIMEDOUT: "unreachable",
  ENOTFOUND: "name_unknown",
  EAI_AGAIN: "name_unknown",
  ECONNRESET: "closed",
  EPIPE: "closed",
};

/** Any error of a connection, as a cause with its words. */
export function failureOf(error: unknown): CameraFailure {
  if (error instanceof CameraFailure) return error;
  if (error instanceof GarbledStream) return new CameraFailure("garbage", undefined, error.message);
  if (error instanceof AppError) {
    if (error.code === "address_not_allowed")
      return new CameraFailure("address_forbidden", error.message, error.detail);
    if (error.kind === "storage_full") return new CameraFailure("disk_full", error.message, error.detail);
    if (error.code === "storage_failed") return new CameraFailure("disk_failed", error.message, error.detail);
    return new CameraFailure("internal", error.message, error.detail);
  }
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const code = String((inner as NodeJS.ErrnoException | null)?.code ?? "");
  const known = SYSTEM_CAUSES[code];
  if (known !== undefined) return new CameraFailure(known, undefined, String(inner));
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) {
    return new CameraFailure("tls_failed", undefined, String(inner));
  }
  return new CameraFailure("internal", undefined, String(error));
}
