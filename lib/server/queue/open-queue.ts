/** Opens a queue of BullMQ as all of Tapedeck's are: the database says what is to be done, a job is a hint. */
import { Queue } from "bullmq";
import type { Redis } from "ioredis";

/** A job that is over leaves nothing behind, so that "is there a job?" is answered by its id alone; whoever asked tries again. */
const JOB_OPTIONS = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

/** @param redis that of producers; that it is away is logged by connectRedis, once */
export function openQueue<T>(name: string, redis: Redis): Queue<T> {
  const queue = new Queue<T>(name, { connection: redis, defaultJobOptions: JOB_OPTIONS });
  queue.on("error", () => {});
  return queue;
}
