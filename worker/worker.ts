/** The worker as a whole, put together from its parts; index.ts makes a process of it, tests use it as it is. */
import { DelayedError, type Job, Worker } from "bullmq";
import { toAppError } from "@/lib/domain/errors";
import {
  CHECK_QUEUE,
  COMPILE_QUEUE,
  type CompileJob,
  FOLLOW_QUEUE,
  type FollowJob,
  followJob,
  LONG_COMPILE_QUEUE,
  MAINTENANCE_QUEUE,
} from "@/lib/protocol/jobs";
import { cleanUpCameras } from "@/lib/server/cameras/clean-up";
import { requeueCameras } from "@/lib/server/cameras/upkeep";
import { openQueue } from "@/lib/server/queue/open-queue";
import { connectRedis, redisUrlOf } from "@/lib/server/queue/redis";
import { cleanUp, whyNotToCleanUp } from "@/lib/server/recordings/clean-up";
import { isFollowed } from "@/lib/server/recordings/following";
import { SteadyClock } from "@/lib/server/recordings/steady-clock";
import type { Services } from "@/lib/server/services";
import { expectRoomToCompile } from "@/lib/server/storage/space";
import { startCapture } from "@/worker/capture/capture-worker";
import { CompileProcessor, type CompileProcessorOptions, compileThreads } from "@/worker/compile/compile-job";
import { announceEncoders } from "@/worker/encoders";
import { startExtras } from "@/worker/extras/extras-work";
import { checkFollowed } from "@/worker/follow/check-job";
import { FollowProcessor } from "@/worker/follow/follow-job";
import { WorkerMetrics } from "@/worker/metrics";
import { startMjpegWorker } from "@/worker/mjpeg/mjpeg-worker";
import { startHelping } from "@/worker/pieces/help-with-pieces";
import { startReconciler } from "@/worker/reconcile";
import { AnalysisDesk } from "@/worker/snapshots/analysis-desk";
import { startUploadWorker } from "@/worker/upload/upload-worker";
import { WebhookDesk } from "@/worker/webhooks/webhook-desk";

/** A worker that died is noticed after a lock and a look: 25 s at most. */
const LOCK_MS = 15_000;
const STALLED_INTERVAL_MS = 10_000;
/** How often a job may be found without its worker. Attempts are counted in the database; this is no limit of its own. */
const MAX_STALLED = 1000;
const CLEANUP_SCHEDULER = "cleanup";
/** A compilation that must not begin now is looked at again after this. */
const HOLD_MS = 5000;
/** One that a live run has is looked at again after this: it may give it up. */
const FOLLOWED_HOLD_MS = 500;

export interface RunningWorker {
  /** null: no metrics are served. */
  metricsPort: number | null;
  /** Takes nothing more, gives running compilations back, and closes everything but the services. */
  close(): Promise<void>;
}

export async function startWorker(
  services: Services,
  options: Pick<CompileProcessorOptions, "retryDelayMs"> & { announcesEncoders?: boolean } = {},
): Promise<RunningWorker> {
  const { config, log } = services;
  let active = 0;
  const metrics = new WorkerMetrics(() => active);
  const connection = connectRedis(redisUrlOf(config), "consumer", log);
  const queueOptions = { connection, lockDuration: LOCK_MS, stalledInterval: STALLED_INTERVAL_MS };
  const helpers = startHelping(services, compileThreads(config), queueOptions);
  const processor = new CompileProcessor(services, {
    ...options,
    onOutcome: (outcome, seconds) => metrics.note(outcome, seconds),
    onMissing: (seconds) => metrics.noteMissing(seconds),
    askForHelp: (...about) => helpers.ask(...about),
  });

  // On a disk that is nearly full or not there a compilation would fail for good; it waits, and costs no attempt.
  let heldFor: string | null = null;
  const mustWait = async (): Promise<boolean> => {
    const reason = await services.folder
      .confirm()
      .then(() => expectRoomToCompile(services))
      .then(
        () => null,
        (error: unknown) => toAppError(error).code,
      );
    if (reason !== heldFor)
      log[reason === null ? "info" : "warn"]({ reason }, "compilations wait for the disk, or go on");
    heldFor = reason;
    return reason !== null;
  };

  const compile = async (job: Job<CompileJob>, token?: string) => {
    if (await isFollowed(services, job.data.recordingId)) {
      await job.moveToDelayed(Date.now() + FOLLOWED_HOLD_MS, token);
      throw new DelayedError();
    }
    if (await mustWait()) {
      await job.moveToDelayed(Date.now() + HOLD_MS, token);
      throw new DelayedError();
    }
    active += 1;
    try {
      await processor.process(job, token);
    } finally {
      active -= 1;
    }
  };
  // What is long runs beside what is short: FFmpeg yields to everything, and nobody waits for an hour's encoding.
  const compiling = [COMPILE_QUEUE, LONG_COMPILE_QUEUE].map(
    (queue) =>
      new Worker<CompileJob>(queue, compile, {
        ...{ ...queueOptions, concurrency: config.COMPILE_CONCURRENCY, maxStalledCount: MAX_STALLED },
      }),
  );
  // Beside what compiles: neither waits for the other.
  const follower = new FollowProcessor(services, (outcome) => metrics.noteFollowed(outcome));
  const stopping = new AbortController();
  const following =
    config.FOLLOW_MAX_RECORDINGS === 0
      ? []
      : [
          new Worker<FollowJob>(FOLLOW_QUEUE, (job, token) => follower.process(job, token), {
            ...{ ...queueOptions, concurrency: config.FOLLOW_MAX_RECORDINGS, maxStalledCount: MAX_STALLED },
          }),
        ];
  const checking = new Worker<FollowJob>(
    CHECK_QUEUE,
    async (job) => void (await checkFollowed(services, followJob.parse(job.data).recordingId, stopping.signal)),
    { ...queueOptions, maxStalledCount: MAX_STALLED },
  );
  const maintenance = openQueue(MAINTENANCE_QUEUE, services.redis);
  const clock = new SteadyClock();
  const clean = async () => {
    clock.look();
    const reason = await whyNotToCleanUp(services, clock);
    if (reason === null) await cleanUp(services).finally(() => cleanUpCameras(services));
    else log.warn({ reason }, "nothing is cleaned up for now");
  };
  const cleaning = new Worker(MAINTENANCE_QUEUE, clean, queueOptions);
  // connectRedis logs that Redis is away, once; what a job throws is logged here.
  for (const worker of [...compiling, ...following, checking, cleaning] as Worker[]) {
    worker.on("error", () => {});
    worker.on("failed", (job, error) => log.error({ job: job?.id, error: String(error) }, "job failed"));
    worker.on("stalled", (jobId) => log.warn({ job: jobId }, "job of a lost worker is taken up again"));
  }

  // One scheduler for all workers; it is made again when Redis has lost it.
  const scheduleCleanup = async () => {
    const every = config.CLEANUP_INTERVAL_SECONDS * 1000;
    if ((await maintenance.getJobScheduler(CLEANUP_SCHEDULER))?.every === every) return;
    await maintenance.upsertJobScheduler(
      CLEANUP_SCHEDULER,
      { every },
      { name: CLEANUP_SCHEDULER, data: { task: "cleanup" }, opts: { removeOnComplete: true, removeOnFail: true } },
    );
  };
  const analysis = new AnalysisDesk(services);
  const webhooks = new WebhookDesk(services);
  const streams = startMjpegWorker(services, queueOptions);
  const extras = startExtras(services, queueOptions);
  const uploads = startUploadWorker(services, queueOptions);
  const capture = startCapture(services, connection);
  const reconciler = startReconciler(services, clock, async () => {
    await scheduleCleanup();
    await streams.requeue();
    await extras.look();
    await uploads?.requeue();
    await requeueCameras(services);
    await webhooks.reconcile();
  });
  await reconciler.run();
  const endAnnouncing = options.announcesEncoders
    ? announceEncoders(services, (encoders) => metrics.noteEncoders(encoders))
    : () => {};
  const listener = config.WORKER_PORT === 0 ? null : await metrics.listen(config.WORKER_PORT);

  return {
    metricsPort: listener?.port ?? null,
    async close() {
      reconciler.stop();
      endAnnouncing();
      processor.stop();
      follower.stop();
      stopping.abort();
      const workers = [...compiling, ...following, checking, cleaning, streams, extras, uploads, capture, helpers];
      await Promise.all(workers.map((worker) => worker?.close()));
      await maintenance.close();
      await Promise.all([analysis.close(), webhooks.close()]);
      await listener?.close();
      connection.disconnect();
    },
  };
}
