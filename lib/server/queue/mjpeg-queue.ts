/** Puts captures of streams into the queue. Failing to is no failure: the reconciler finds them in the database. */
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { MJPEG_QUEUE, type MjpegJob } from "@/lib/protocol/jobs";
import type { Log } from "@/lib/server/log";
import { openQueue } from "@/lib/server/queue/open-queue";

export class MjpegQueue {
  readonly #queue: Queue<MjpegJob>;
  readonly #log: Log;

  constructor(redis: Redis, log: Log) {
    this.#queue = openQueue(MJPEG_QUEUE, redis);
    this.#log = log;
  }

  /** One job for a capture, however often it is added. @param startAt when it is to begin */
  async add(captureId: string, startAt: Date): Promise<void> {
    try {
      const delay = Math.max(0, startAt.getTime() - Date.now());
      await this.#queue.add("stream", { captureId }, { jobId: `stream-${captureId}`, delay });
    } catch (error) {
      this.#log.warn({ captureId, error: String(error) }, "stream capture could not be queued yet");
    }
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}
