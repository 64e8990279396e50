/** Puts deliveries of webhooks into the queue. Failing to is no failure: what is due is found in the database. */
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { openQueue } from "@/lib/server/queue/open-queue";

export const WEBHOOK_QUEUE = "webhooks";

export class WebhookQueue {
  readonly #queue: Queue<{ id: string }>;

  constructor(redis: Redis) {
    this.#queue = openQueue(WEBHOOK_QUEUE, redis);
  }

  /** @param at when it is due */
  async add(id: string, at: Date = new Date()): Promise<void> {
    const delay = Math.max(0, at.getTime() - Date.now());
    // However often the same attempt is asked for, it is one job.
    const jobId = `webhook-${id}-${delay === 0 ? "now" : at.getTime()}`;
    await this.#queue.add("deliver", { id }, { jobId, delay }).catch(() => {});
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}
