/** The part of the worker that records cameras: its queues, and an orderly end. */
import { type Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import {
  CAMERA_TEST_QUEUE,
  CAPTURE_QUEUE,
  type CameraTestJob,
  type CameraTestResult,
  type CaptureJob,
} from "@/lib/protocol/camera-jobs";
import type { Services } from "@/lib/server/services";
import { CaptureProcessor } from "@/worker/capture/capture-processor";
import { testCamera } from "@/worker/capture/test-camera";
import { ThumbnailMaker } from "@/worker/capture/thumbnail-maker";

/** A worker that died is noticed after a lock and a look: 15 s, so that its cameras are recorded again within 30. */
const LOCK_MS = 10_000;
const STALLED_INTERVAL_MS = 5000;
/** A camera's job may lose its worker as often as it likes. */
const MAX_STALLED = 1_000_000;
const TESTS_AT_ONCE = 4;

export interface RunningCapture {
  /** Cameras that are recorded here. */
  active(): number;
  close(): Promise<void>;
}

export function startCapture(services: Services, connection: Redis): RunningCapture {
  const { config, log } = services;
  const thumbnails = new ThumbnailMaker(services);
  const processor = new CaptureProcessor(services, thumbnails);
  const options = { connection, lockDuration: LOCK_MS, stalledInterval: STALLED_INTERVAL_MS };
  const workers: Worker[] = [];
  if (config.CAMERAS_PER_WORKER > 0) {
    workers.push(
      new Worker<CaptureJob>(CAPTURE_QUEUE, (job: Job<CaptureJob>, token?: string) => processor.process(job, token), {
        ...options,
        concurrency: config.CAMERAS_PER_WORKER,
        maxStalledCount: MAX_STALLED,
      }),
    );
  }
  workers.push(
    new Worker<CameraTestJob, CameraTestResult>(CAMERA_TEST_QUEUE, (job) => testCamera(services, job.data), {
      connection,
      concurrency: TESTS_AT_ONCE,
    }),
  );
  for (const worker of workers) {
    worker.on("error", () => {}); // connectRedis has logged it
    worker.on("failed", (job, error) => log.error({ job: job?.id, error: String(error) }, "job failed"));
    worker.on("stalled", (jobId) => log.warn({ job: jobId }, "camera of a lost worker is taken over"));
  }
  return {
    active: () => processor.active,
    async close() {
      await processor.stop();
      await thumbnails.stop();
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
