/**
 * Puts compilations into the queue, the least work first. What takes long has a queue of its own, so that what comes later and
 * is short waits for none of it. Failing to is no failure: the reconciler finds the recording in the database.
 */
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { LONG_WORK_SECONDS } from "@/lib/domain/compile-work";
import { COMPILE_QUEUE, type CompileJob, compileJobId, LONG_COMPILE_QUEUE } from "@/lib/protocol/jobs";
import type { Log } from "@/lib/server/log";
import { openQueue } from "@/lib/server/queue/open-queue";

/** Of BullMQ: 1 comes first, and there are no more than these. */
const LAST_PRIORITY = 2 ** 21;

export class CompileQueue {
  readonly #short: Queue<CompileJob>;
  readonly #long: Queue<CompileJob>;
  readonly #log: Log;

  constructor(redis: Redis, log: Log) {
    this.#short = openQueue(COMPILE_QUEUE, redis);
    this.#long = openQueue(LONG_COMPILE_QUEUE, redis);
    this.#log = log;
  }

  /**
   * @param workSeconds the same each time that a job is added
   * @returns whether the queue took it; a job that is already there counts
   */
  async add(job: CompileJob, workSeconds: number): Promise<boolean> {
    const queue = workSeconds > LONG_WORK_SECONDS ? this.#long : this.#short;
    const priority = Math.min(LAST_PRIORITY, Math.max(1, Math.round(workSeconds)));
    try {
      await queue.add("compile", job, { jobId: compileJobId(job), priority });
      return true;
    } catch (error) {
      this.#log.warn({ recordingId: job.recordingId, error: String(error) }, "compilation could not be queued yet");
      return false;
    }
  }

  /** Jobs by state, for /metrics. @throws when Redis is away */
  async counts(): Promise<Record<"waiting" | "active" | "delayed", number>> {
    const counts = { waiting: 0, active: 0, delayed: 0 };
    for (const queue of [this.#short, this.#long]) {
      const found = await queue.getJobCounts("waiting", "prioritized", "active", "delayed");
      counts.waiting += (found.waiting ?? 0) + (found.prioritized ?? 0);
      counts.active += found.active ?? 0;
      counts.delayed += found.delayed ?? 0;
    }
    return counts;
  }

  async close(): Promise<void> {
    await Promise.all([this.#short.close(), this.#long.close()]);
  }
}
