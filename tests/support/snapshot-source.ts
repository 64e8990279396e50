/** A page that sends snapshots, without a browser: pictures that can be told apart, and a client that loses none. */
import { execFile } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import WebSocket from "ws";
import type { SnapshotServerMessage } from "@/lib/protocol/snapshots";

const run = promisify(execFile);

/** The grey of a picture, by its number, from 0 to 255: neighbours are far apart. */
export function greyOf(number: number): number {
  // FFmpeg's source makes it in the range of films, 16 to 235.
  return Math.round(((20 + ((number * 37) % 210) - 16) * 255) / 219);
}

/** Grey JPEGs, one for each number from 0. */
export async function makePictures(count: number, size = "64x48"): Promise<Buffer[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "tapedeck-pictures-"));
  try {
    const source = `nullsrc=s=${size}:r=5,geq=lum='20+mod(N*37,210)':cb=128:cr=128,format=yuv420p`;
    await run("ffmpeg", [
      ...["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", String(count)],
      ...["-color_range", "pc", "-pix_fmt", "yuvj420p", "-q:v", "2", path.join(folder, "%05d.jpg")],
    ]);
    const names = (await readdir(folder)).sort();
    return Promise.all(names.map((name) => readFile(path.join(folder, name))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The grey of every frame of a video. */
export async function greysOf(file: string): Promise<number[]> {
  const { stdout } = await run(
    "ffmpeg",
    [
      ...["-nostdin", "-v", "error", "-i", file, "-vf", "scale=1:1:in_range=tv:out_range=pc,format=gray"],
      ...["-fps_mode", "passthrough", "-f", "rawvideo", "-"],
    ],
    { encoding: "buffer", maxBuffer: 64 * 1024 ** 2 },
  );
  return [...stdout];
}

interface Kept {
  sequence: number;
  capturedMs: number;
  jpeg: Buffer;
}

/** Counts, keeps what is not acknowledged, and sends it again over the next connection. */
export class SnapshotSource {
  readonly messages: SnapshotServerMessage[] = [];
  readonly kept: Kept[] = [];
  closeCode: number | null = null;
  socket: WebSocket | null = null;
  readonly #address: string;
  readonly #token: string;
  readonly #events = new EventEmitter();
  #sequence = 0;

  constructor(url: string, sessionId: string, token: string, query = "?enable_recording=true") {
    this.#address = `${url.replace(/^http/, "ws")}/api/focus/ws/${sessionId}${query}`;
    this.#token = token;
  }

  /** Connects, says hello unless it is a light client, and sends again what is kept. */
  async connect({ light = false, address = this.#address } = {}): Promise<void> {
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${this.#token}` } });
    this.socket = socket;
    this.closeCode = null;
    const before = this.messages.length;
    socket.on("message", (data) => this.#hear(JSON.parse(data.toString())));
    socket.on("close", (code) => {
      this.closeCode = code;
      this.#events.emit("message");
    });
    socket.on("error", () => {});
    await Promise.race([once(socket, "open"), once(socket, "unexpected-response")]);
    if (light) return;
    socket.send(JSON.stringify({ type: "hello" }));
    await this.hear("ready", () => true, before);
    for (const each of this.kept) this.#send(each);
  }

  /** Takes a picture now, or at another time of the source's clock. */
  take(jpeg: Buffer, capturedMs = Date.now(), { isConnected = true } = {}): number {
    this.#sequence += 1;
    const picture = { sequence: this.#sequence, capturedMs, jpeg };
    this.kept.push(picture);
    if (isConnected) this.#send(picture);
    return this.#sequence;
  }

  finish(endedMs = Date.now()): Promise<Extract<SnapshotServerMessage, { type: "finished" }>> {
    this.socket?.send(JSON.stringify({ type: "finish", endedMs, ageMs: Math.max(0, Date.now() - endedMs) }));
    return this.hear("finished");
  }

  /** The first message that fits, heard already or yet to come. @param from messages before it do not count */
  async hear<T extends SnapshotServerMessage["type"]>(
    type: T,
    matches: (message: Extract<SnapshotServerMessage, { type: T }>) => boolean = () => true,
    from = 0,
  ): Promise<Extract<SnapshotServerMessage, { type: T }>> {
    for (;;) {
      const found = this.messages
        .slice(from)
        .find(
          (message): message is Extract<SnapshotServerMessage, { type: T }> =>
            message.type === type && matches(message as Extract<SnapshotServerMessage, { type: T }>),
        );
      if (found !== undefined) return found;
      if (this.closeCode !== null) {
        throw new Error(`closed with ${this.closeCode} before "${type}": ${JSON.stringify(this.messages.slice(-3))}`);
      }
      await once(this.#events, "message");
    }
  }

  async acknowledged(sequence: number): Promise<void> {
    await this.hear("ack", (message) => message.sequence >= sequence);
  }

  /** The connection breaks, without a word. */
  async cut(): Promise<void> {
    this.socket?.terminate();
    while (this.closeCode === null) await once(this.#events, "message");
  }

  #send({ sequence, capturedMs, jpeg }: Kept): void {
    const ageMs = Math.max(0, Date.now() - capturedMs);
    this.socket?.send(JSON.stringify({ type: "frame", sequence, capturedMs, ageMs }));
    this.socket?.send(jpeg);
  }

  #hear(message: SnapshotServerMessage): void {
    this.messages.push(message);
    if (message.type === "ack") {
      while ((this.kept[0]?.sequence ?? Number.POSITIVE_INFINITY) <= message.sequence) this.kept.shift();
    }
    this.#events.emit("message");
  }
}
