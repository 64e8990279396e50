/** Puts compilations into the queue. Failing to is no failure: the reconciler finds the recording in the database. */
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { COMPILE_QUEUE, type CompileJob, compileJobId } from "@/lib/protocol/jobs";
import type { Log } from "@/lib/server/log";

export class CompileQueue {
  readonly #queue: Queue<CompileJob>;
  readonly #log: Log;

  constructor(redis: Redis, log: Log) {
    this.#queue = new Queue(COMPILE_QUEUE, {
      connection: redis,
      // A job that is over leaves nothing behind, so that "is there a job?" is answered by its id alone.
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
    });
    this.#queue.on("error", () => {}); // connectRedis has logged it
    this.#log = log;
  }

  /** @returns whether the queue took it; a job that is already there counts */
  async add(job: CompileJob, options: { delayMs?: number } = {}): Promise<boolean> {
    try {
      await this.#queue.add("compile", job, { jobId: compileJobId(job), delay: options.delayMs ?? 0 });
      return true;
    } catch (error) {
      this.#log.warn({ recordingId: job.recordingId, error: String(error) }, "compilation could not be queued yet");
      return false;
    }
  }

  /** Jobs by state, for /metrics. @throws when Redis is away */
  async counts(): Promise<Record<string, number>> {
    return this.#queue.getJobCounts("waiting", "active", "delayed");
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}
