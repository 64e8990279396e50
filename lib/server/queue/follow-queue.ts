/**
 * Asks for recordings to be compiled while they run, and for what came of it to be checked. Failing to is no failure: the
 * reconciler finds them in the database.
 */
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { CHECK_QUEUE, FOLLOW_QUEUE, type FollowJob } from "@/lib/protocol/jobs";
import type { Log } from "@/lib/server/log";
import { openQueue } from "@/lib/server/queue/open-queue";

export class FollowQueue {
  readonly #queues: Readonly<Record<"follow" | "check", Queue<FollowJob>>>;
  readonly #log: Log;

  constructor(redis: Redis, log: Log) {
    this.#queues = { follow: openQueue(FOLLOW_QUEUE, redis), check: openQueue(CHECK_QUEUE, redis) };
    this.#log = log;
  }

  /** @returns whether the queue took it; a job that is already there counts */
  async add(what: "follow" | "check", recordingId: string): Promise<boolean> {
    try {
      await this.#queues[what].add(what, { recordingId }, { jobId: `${what}-${recordingId}` });
      return true;
    } catch (error) {
      this.#log.warn({ recordingId, what, error: String(error) }, "job could not be queued yet");
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#queues).map((queue) => queue.close()));
  }
}
