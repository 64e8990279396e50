/**
 * The worker's part in extras: queues of their own, so that they never stand before a compilation, filled from the
 * database whenever a recording changed and when the reconciler looks. In each worker one at a time, and beside it one of
 * those that take long.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { type Job, type Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { toAppError } from "@/lib/domain/errors";
import { EXTRAS_QUEUE, type ExtraJob, extraJob, extraJobId, LONG_EXTRAS_QUEUE } from "@/lib/protocol/jobs";
import { ffmpegOf, inputLimitsOf } from "@/lib/server/ffmpeg/run";
import { openQueue } from "@/lib/server/queue/open-queue";
import type { MadeOutput } from "@/lib/server/recordings/compilation";
import {
  claimExtra,
  dueExtras,
  type ExtraClaim,
  failExtra,
  publishExtra,
  releaseExtra,
  wantPreviews,
} from "@/lib/server/recordings/extras";
import type { Services } from "@/lib/server/services";
import { expectRoomToCompile } from "@/lib/server/storage/space";
import type { ExtraContext } from "@/worker/extras/extra-context";
import { makeAdaptive } from "@/worker/extras/make-adaptive";
import { makePreview } from "@/worker/extras/make-preview";
import { makeSound } from "@/worker/extras/make-sound";

/** They have time: one thread leaves the rest of the machine to compilations. */
const THREADS = 1;
/** Whatever a recording's length, an extra that takes longer does not end. */
const GIVEN_UP = new Error("given up");

export interface ExtrasWork {
  /** Puts what the database asks for into the queue. */
  look(): Promise<void>;
  /** Takes nothing more, and gives back what is being made. */
  close(): Promise<void>;
}

/** @param queueOptions of the worker's other queues: connection and locks */
export function startExtras(
  services: Services,
  queueOptions: { connection: Redis; lockDuration: number; stalledInterval: number },
): ExtrasWork {
  const { config, log, changes, redis } = services;
  const [short, long] = [EXTRAS_QUEUE, LONG_EXTRAS_QUEUE].map((name) => openQueue<ExtraJob>(name, redis)) as [
    Queue<ExtraJob>,
    Queue<ExtraJob>,
  ];
  /** Of one recording two may be made at once. */
  const running = new Set<{ recordingId: string; controller: AbortController }>();
  let isClosing = false;

  const look = async (recordingId?: string): Promise<void> => {
    if (redis.status !== "ready" || isClosing) return;
    if (config.PREVIEWS) await wantPreviews(services, recordingId);
    for (const job of await dueExtras(services, recordingId)) {
      await (job.kind === "adaptive" ? long : short).add("extra", job, { jobId: extraJobId(job) });
    }
  };
  const unsubscribe = changes.subscribe((change) => {
    if (change.kind === "deleted") {
      for (const { recordingId, controller } of running)
        if (recordingId === change.recordingId) controller.abort(GIVEN_UP);
    }
    // What cannot be looked for now is found by the reconciler.
    if (change.kind === "changed") void look(change.recordingId).catch(() => {});
  });

  const process = async (job: Job<ExtraJob>): Promise<void> => {
    // On a disk that is nearly full, or not there, it waits for the reconciler, and costs no attempt.
    await services.folder.confirm();
    await expectRoomToCompile(services);
    if (isClosing) return;
    const claim = await claimExtra(services, extraJob.parse(job.data));
    if (claim === null) return;
    const making = { recordingId: claim.recording.id, controller: new AbortController() };
    running.add(making);
    try {
      await make(services, claim, making.controller.signal);
    } catch (error) {
      if (error === GIVEN_UP) await releaseExtra(services, claim);
      else await failExtra(services, claim, toAppError(error));
    } finally {
      running.delete(making);
    }
  };
  const workers = [EXTRAS_QUEUE, LONG_EXTRAS_QUEUE].map((name) => {
    const worker = new Worker<ExtraJob>(name, process, { ...queueOptions, maxStalledCount: 1000 });
    worker.on("error", () => {});
    worker.on("failed", (job, error) => log.warn({ job: job?.id, error: String(error) }, "extra waits"));
    return worker;
  });

  return {
    look: () => look(),
    async close() {
      isClosing = true;
      unsubscribe();
      for (const { controller } of running) controller.abort(GIVEN_UP);
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([short.close(), long.close()]);
    },
  };
}

async function make(services: Services, claim: ExtraClaim, signal: AbortSignal): Promise<void> {
  const { config, folder, log } = services;
  const { recording, mp4, kind } = claim;
  const workFolder = await folder.makeWorkFolder(recording.id, `extra-${kind}`);
  try {
    const context: ExtraContext = {
      ...{ recording, mp4, signal, workFolder, threads: THREADS },
      log: log.child({ recordingId: recording.id, extra: kind }),
      ffmpeg: ffmpegOf(config, THREADS),
      inputLimits: inputLimitsOf(config),
      file: folder.file(recording.id, mp4.filename),
      onShare: progressTeller(services, claim),
    };
    const made = await makeKind(context, claim);
    signal.throwIfAborted();
    await publishExtra(services, claim, made);
  } finally {
    await fs.rm(workFolder, { recursive: true, force: true });
    // The folder around it goes too, unless somebody else is at work in it.
    await fs.rmdir(path.dirname(workFolder)).catch(() => {});
  }
}

/** At most one report in so long. */
const REPORT_MS = 1000;

function progressTeller({ changes }: Services, { recording, kind }: ExtraClaim): (share: number) => void {
  let toldAtMs = performance.now();
  return (share) => {
    if (performance.now() - toldAtMs < REPORT_MS) return;
    toldAtMs = performance.now();
    const fraction = Math.min(1, Math.max(0, share));
    const about = { recordingId: recording.id, ownerId: recording.ownerId, extra: kind };
    changes.publish({ kind: "extra_progress", ...about, fraction });
  };
}

function makeKind(context: ExtraContext, { kind }: ExtraClaim): Promise<MadeOutput[]> {
  return { preview: makePreview, sound: makeSound, adaptive: makeAdaptive }[kind](context);
}
