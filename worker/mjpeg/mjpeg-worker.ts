/** Processes the jobs of streams: each is one capture, for as long as it lasts. */
import { DelayedError, type Job, WaitingError, Worker, type WorkerOptions } from "bullmq";
import { MJPEG_QUEUE, type MjpegJob, mjpegJob } from "@/lib/protocol/jobs";
import { unfinishedCaptures } from "@/lib/server/mjpeg/capture-run";
import type { Services } from "@/lib/server/services";
import { CaptureRun } from "@/worker/mjpeg/capture-run";

/** A capture that another run has, or that failed to begin, is looked at again after this. */
const LOOK_AGAIN_MS = 2000;
/** How often a job may be found without its worker; how long it lasts is written in the database. */
const MAX_STALLED = 1_000_000;

export interface StreamWorker {
  /** Queues every capture that is not over; those whose job is there are not queued twice. */
  requeue(): Promise<void>;
  /** Ends its takes in order and gives the captures back. */
  close(): Promise<void>;
}

export function startMjpegWorker(services: Services, options: WorkerOptions): StreamWorker {
  const { config, log, mjpegQueue } = services;
  const stop = new AbortController();
  const worker = new Worker<MjpegJob>(
    MJPEG_QUEUE,
    async (job: Job<MjpegJob>, token?: string) => {
      const again = async () => {
        await job.moveToDelayed(Date.now() + LOOK_AGAIN_MS, token);
        throw new DelayedError();
      };
      const giveBack = async () => {
        await job.moveToWait(token);
        throw new WaitingError();
      };
      if (stop.signal.aborted) await giveBack();
      const { captureId } = mjpegJob.parse(job.data);
      const outcome = await new CaptureRun(services, stop.signal).run(captureId).catch((error: unknown) => {
        log.error({ captureId, error: String(error) }, "stream capture could not begin");
        return "busy" as const;
      });
      if (outcome === "given_back") await giveBack();
      if (outcome !== "over") await again();
    },
    { ...options, concurrency: config.MJPEG_CONCURRENCY, maxStalledCount: MAX_STALLED },
  );
  worker.on("error", () => {}); // connectRedis has logged it
  worker.on("failed", (job, error) => log.error({ job: job?.id, error: String(error) }, "job failed"));
  worker.on("stalled", (jobId) => log.warn({ job: jobId }, "stream of a lost worker is taken up again"));
  return {
    async requeue() {
      for (const { id, startAt } of await unfinishedCaptures(services)) await mjpegQueue.add(id, startAt);
    },
    async close() {
      stop.abort();
      await worker.close();
    },
  };
}
