/** Moves finished segments to the object store, oldest first; what the queue forgets is found again in the database. */
import { DelayedError, type Job, WaitingError, Worker, type WorkerOptions } from "bullmq";
import { UPLOAD_QUEUE, type UploadJob, uploadJob } from "@/lib/protocol/jobs";
import { openQueue } from "@/lib/server/queue/open-queue";
import type { Services } from "@/lib/server/services";
import { noteUploadFailure, pendingUploads, uploadSegment } from "@/lib/server/uploads/segment-uploads";
import { countUpload } from "@/lib/server/uploads/upload-counters";

/** Jobs in the queue at a time; the rest waits in the database. */
const MAX_QUEUED = 200;
/** Between two tries of one segment: doubled each time, from this up to the last. */
const RETRY_MS = { first: 2000, most: 60_000 };
/** How often a job may be found without its worker: an upload is never given up. */
const MAX_STALLED = 1_000_000;

export interface UploadWorker {
  /** Queues what is to be moved; what is queued already is not queued twice. */
  requeue(): Promise<void>;
  /** Ends the upload that runs; it is begun again elsewhere. */
  close(): Promise<void>;
}

/** @returns null when there is no object store */
export function startUploadWorker(services: Services, options: WorkerOptions): UploadWorker | null {
  const { objectStore: store, database, config, log, redis } = services;
  if (store === null) return null;
  const stop = new AbortController();
  const queue = openQueue<UploadJob>(UPLOAD_QUEUE, redis);
  const worker = new Worker<UploadJob>(
    UPLOAD_QUEUE,
    async (job: Job<UploadJob>, token?: string) => {
      const { segmentId } = uploadJob.parse(job.data);
      const startedAtMs = performance.now();
      const seconds = () => (performance.now() - startedAtMs) / 1000;
      try {
        stop.signal.throwIfAborted();
        const stored = await uploadSegment(services, store, segmentId, { signal: stop.signal });
        if (stored !== null) await countUpload(database, "success", seconds());
      } catch (error) {
        if (stop.signal.aborted) {
          await job.moveToWait(token);
          throw new WaitingError();
        }
        const attempts = await noteUploadFailure(services, segmentId, error);
        await countUpload(database, "failed", seconds());
        await job.moveToDelayed(
          Date.now() + Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(attempts, 10)),
          token,
        );
        throw new DelayedError();
      }
    },
    { ...options, concurrency: config.UPLOAD_CONCURRENCY, maxStalledCount: MAX_STALLED },
  );
  worker.on("error", () => {});
  worker.on("failed", (job, error) => log.error({ job: job?.id, error: String(error) }, "job failed"));
  return {
    async requeue() {
      const ids = await pendingUploads(services, MAX_QUEUED);
      await queue.addBulk(
        ids.map((segmentId) => ({
          name: "segment",
          data: { segmentId },
          opts: { jobId: `segment-${segmentId}` },
        })),
      );
    },
    async close() {
      stop.abort();
      await worker.close();
      await queue.close();
    },
  };
}
