/**
 * Between the server, which takes snapshots, and the workers, which look at them: both ways through Redis' publish and
 * subscribe. Nothing waits in it. A worker that is slow misses snapshots, one that is away misses all, and neither
 * holds up a recording.
 */
import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { z } from "zod";

const FRAMES_CHANNEL = "tapedeck:snapshots:frames";
const RESULTS_CHANNEL = "tapedeck:snapshots:results";
/** Bytes before the JPEG: its length, then as much JSON. */
const LENGTH_BYTES = 4;

const frameHead = z.object({ sessionId: z.string(), sequence: z.int(), capturedMs: z.number() });
export type AnalysisFrame = z.infer<typeof frameHead> & { jpeg: Buffer };

const analysisResult = z.object({
  sessionId: z.string(),
  sequence: z.int(),
  detection: z.record(z.string(), z.unknown()),
});
export type AnalysisResult = z.infer<typeof analysisResult>;

/** The server's end. */
export class AnalysisRequests {
  readonly #publisher: Redis;
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  constructor(publisher: Redis, subscriber: Redis) {
    this.#publisher = publisher;
    void subscriber.subscribe(RESULTS_CHANNEL).catch(() => {});
    subscriber.on("message", (channel: string, message: string) => {
      if (channel !== RESULTS_CHANNEL) return;
      const parsed = analysisResult.safeParse(parse(message));
      if (parsed.success) this.#emitter.emit(parsed.data.sessionId, parsed.data);
    });
  }

  /** @returns whether it was handed over at all */
  send({ jpeg, ...head }: AnalysisFrame): boolean {
    if (this.#publisher.status !== "ready") return false;
    const json = Buffer.from(JSON.stringify(head));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(json.length);
    void this.#publisher.publish(FRAMES_CHANNEL, Buffer.concat([length, json, jpeg])).catch(() => {});
    return true;
  }

  /** @returns ends the subscription */
  onResult(sessionId: string, listener: (result: AnalysisResult) => void): () => void {
    this.#emitter.on(sessionId, listener);
    return () => this.#emitter.off(sessionId, listener);
  }
}

/** The worker's end. @param subscriber for this alone */
export function receiveFrames(subscriber: Redis, onFrame: (frame: AnalysisFrame) => void): void {
  void subscriber.subscribe(FRAMES_CHANNEL).catch(() => {});
  subscriber.on("messageBuffer", (_channel: Buffer, message: Buffer) => {
    const headBytes = message.length < LENGTH_BYTES ? 0 : message.readUInt32BE(0);
    const head = frameHead.safeParse(parse(message.toString("utf8", LENGTH_BYTES, LENGTH_BYTES + headBytes)));
    if (head.success) onFrame({ ...head.data, jpeg: message.subarray(LENGTH_BYTES + headBytes) });
  });
}

export function sendResult(publisher: Redis, result: AnalysisResult): void {
  void publisher.publish(RESULTS_CHANNEL, JSON.stringify(result)).catch(() => {});
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
