/**
 * A page that records, without the browser: real capture bytes through the page's own spool and uploader, over sockets
 * of Node. It also checks what the page has to take on trust: that the server never goes back behind what it
 * acknowledged, and never claims bytes that were not recorded.
 */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";
import { TrackSpool } from "@/lib/client/spool/track-spool";
import { ChunkMarks } from "@/lib/client/upload/chunk-marks";
import { Uploader, type UploadSocket } from "@/lib/client/upload/uploader";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { ServerMessage } from "@/lib/protocol/ingest";
import { type Chunk, chunksOf } from "@/tests/integration/compile/capture-recording";
import type { Tally } from "@/tests/torture/support/tally";

const captures = new Map<string, readonly Chunk[]>();

/** The chunks of a capture's track, read once. */
export function captureChunks(capture: string, kind: TrackKind): readonly Chunk[] {
  const name = `${capture}/${kind}`;
  const chunks = captures.get(name) ?? chunksOf(capture, kind);
  captures.set(name, chunks);
  return chunks;
}

/** Where the server is reached, perhaps by way of a proxy. */
export interface Target {
  /** `http://host:port` */
  url: string;
  token: string;
}

export interface TrackOptions {
  target: Target;
  recordingId: string;
  kind: TrackKind;
  tally: Tally;
  /** Told of every `ready`. */
  onReady?: () => void;
}

/** One track on its way to the server. */
export class TrackSource {
  readonly kind: TrackKind;
  readonly #options: TrackOptions;
  readonly #spool = new TrackSpool(null);
  readonly #marks = new ChunkMarks();
  readonly #uploader: Uploader;
  readonly #hash = createHash("sha256");
  readonly #sent: Buffer[] = [];
  readonly #sockets = new Set<WebSocket>();
  #hasStarted = false;
  #heardOffset = 0;
  /** `finish` was asked for and has not been answered. */
  isFinishing = false;

  constructor(options: TrackOptions) {
    this.#options = options;
    this.kind = options.kind;
    const { target, recordingId, kind } = options;
    this.#uploader = new Uploader({
      url: `${target.url.replace(/^http/, "ws")}/ws/${kind}?session=${recordingId}&take=1`,
      spool: this.#spool,
      marks: this.#marks,
      openSocket: (url) => this.#openSocket(url),
    });
  }

  /** Everything the source was ever told is durable ends here. */
  get ackedOffset(): number {
    return this.#heardOffset;
  }

  get recordedBytes(): number {
    return this.#spool.endOffset;
  }

  get state() {
    return this.#uploader.state;
  }

  /** Every byte that was recorded. */
  recorded(): Buffer {
    return Buffer.concat(this.#sent);
  }

  record(bytes: Buffer): void {
    this.#sent.push(bytes);
    this.#hash.update(bytes);
    // The type of the spool's bytes has a buffer of its own; these are never changed.
    this.#spool.append(bytes as Uint8Array<ArrayBuffer>, performance.now());
    const perfMs = performance.now();
    this.#marks.add({ endOffset: this.#spool.endOffset, perfMs, coveredMs: perfMs });
    this.begin();
    this.#uploader.notify();
  }

  begin(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#uploader.start({
      type: "start",
      mimeType: `${this.kind}/webm`,
      startedAtMs: Date.now(),
      browser: "chromium",
    });
  }

  async finish(): Promise<void> {
    this.begin();
    this.isFinishing = true;
    await this.#uploader.finish(this.#hash.copy().digest("hex"));
    this.isFinishing = false;
  }

  /** What the page does when the browser says that the network is back. */
  retry(): void {
    if (this.state.phase === "waiting") this.#uploader.retry();
  }

  /** Lets go; resolves once every socket is closed. */
  async abandon(): Promise<void> {
    const closes = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    this.#uploader.abort();
    await Promise.all(closes);
  }

  #openSocket(url: string): UploadSocket {
    const { target, tally, recordingId, kind, onReady } = this.#options;
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${target.token}` },
      perMessageDeflate: false,
    });
    this.#sockets.add(socket);
    const what = `${recordingId} ${kind}`;
    let from = 0;
    socket.on("message", (data) => {
      // What comes late on a connection that was given up is heard by nobody.
      if (socket.readyState !== WebSocket.OPEN) return;
      const message = JSON.parse(data.toString()) as ServerMessage;
      if (message.type !== "ready" && message.type !== "ack") return;
      if (message.type === "ready") {
        onReady?.();
        tally.lost(this.#heardOffset - message.offset, `${what}: ready at ${message.offset} after an acknowledgement`);
      } else if (message.offset < from) {
        tally.lost(from - message.offset, `${what}: acknowledgements went back to ${message.offset}`);
      }
      from = message.offset;
      tally.duplicated(message.offset - this.#spool.endOffset, `${what}: the server has more than was recorded`);
      this.#heardOffset = Math.max(this.#heardOffset, message.offset);
    });
    socket.on("close", () => this.#sockets.delete(socket));
    // What the browser only reports as a close.
    socket.on("error", () => {});
    return socket as unknown as UploadSocket;
  }
}

/** Asks the API until it answers: a server that dies in the middle is asked again. @returns the body */
export async function askUntilAnswered(
  { url, token }: Target,
  path: string,
  body: object,
  isOver: () => boolean = () => false,
  // biome-ignore lint/suspicious/noExplicitAny: callers know what they asked for
): Promise<any> {
  while (!isOver()) {
    try {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (response.ok) return answer;
      if (response.status < 500) throw new Refused(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    await pause(20);
  }
  return null;
}

class Refused extends Error {}
