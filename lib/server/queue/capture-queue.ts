/** Puts cameras into the queue, and tells workers at once what changed. Failing to is no failure: they look now and then. */
import { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { AppError } from "@/lib/domain/errors";
import {
  CAMERA_TEST_QUEUE,
  CAMERAS_CHANNEL,
  CAPTURE_QUEUE,
  type CameraTestJob,
  type CameraTestResult,
  type CaptureJob,
  cameraTestResult,
  captureJobId,
} from "@/lib/protocol/camera-jobs";
import type { Log } from "@/lib/server/log";
import { openQueue } from "@/lib/server/queue/open-queue";
import { connectRedis } from "@/lib/server/queue/redis";

/** From asking to an answer, with a worker that is busy. */
const TEST_TIMEOUT_MS = 30_000;

export class CaptureQueue {
  readonly #redis: Redis;
  readonly #redisUrl: string;
  readonly #log: Log;
  readonly #queue: Queue<CaptureJob>;
  readonly #tests: Queue<CameraTestJob, CameraTestResult>;
  /** Made with the first test: it holds a connection. */
  #events: { queue: QueueEvents; connection: Redis } | null = null;

  constructor(redis: Redis, redisUrl: string, log: Log) {
    this.#redis = redis;
    this.#redisUrl = redisUrl;
    this.#log = log;
    this.#queue = openQueue(CAPTURE_QUEUE, redis);
    // Whoever asked may come a little late for the answer.
    this.#tests = new Queue(CAMERA_TEST_QUEUE, {
      connection: redis,
      defaultJobOptions: { removeOnComplete: { age: 60 }, removeOnFail: { age: 60 }, attempts: 1 },
    });
    this.#tests.on("error", () => {}); // connectRedis has logged it
  }

  /** @returns whether the queue took it; a job that is already there counts */
  async add(job: CaptureJob): Promise<boolean> {
    try {
      await this.#queue.add("capture", job, { jobId: captureJobId(job) });
      return true;
    } catch (error) {
      this.#log.warn({ cameraId: job.cameraId, error: String(error) }, "camera could not be queued yet");
      return false;
    }
  }

  /** Tells every worker to look at a camera. */
  async notify(cameraId: string): Promise<void> {
    await this.#redis.publish(CAMERAS_CHANNEL, cameraId).catch(() => {});
  }

  /** Has a worker look at an address. @throws {AppError} unavailable when none does in time */
  async test(job: CameraTestJob): Promise<CameraTestResult> {
    try {
      if (this.#events === null) {
        const connection = connectRedis(this.#redisUrl, "consumer", this.#log);
        const queue = new QueueEvents(CAMERA_TEST_QUEUE, { connection });
        queue.on("error", () => {});
        this.#events = { queue, connection };
        await queue.waitUntilReady();
      }
      const added = await this.#tests.add("test", job);
      return cameraTestResult.parse(await added.waitUntilFinished(this.#events.queue, TEST_TIMEOUT_MS));
    } catch (error) {
      throw new AppError("unavailable", "test_unanswered", "No worker could look at the camera. Try again.", {
        cause: error,
        detail: String(error),
      });
    }
  }

  async close(): Promise<void> {
    await this.#events?.queue.close().catch(() => {});
    this.#events?.connection.disconnect();
    await Promise.all([this.#queue.close(), this.#tests.close()]);
  }
}
