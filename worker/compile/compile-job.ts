/**
 * Processes the jobs of the compile queue. The job only names a recording: whether there is anything to do, and who may
 * do it, is decided in the database. So the same job twice, or a job of a worker that died, does no harm.
 */
import fs from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { DelayedError, type Job, WaitingError } from "bullmq";
import { AppError, toAppError } from "@/lib/domain/errors";
import type { GapCause } from "@/lib/domain/gap-causes";
import { newlyMissingSeconds } from "@/lib/domain/gap-ledger";
import { type CompileJob, compileJob } from "@/lib/protocol/jobs";
import type { Config } from "@/lib/server/config/load";
import { ffmpegOf, inputLimitsOf } from "@/lib/server/ffmpeg/run";
import {
  type Claim,
  claimCompilation,
  failCompilation,
  publishCompilation,
  releaseCompilation,
  reportProgress,
} from "@/lib/server/recordings/compilation";
import { removeLiveFiles } from "@/lib/server/recordings/following";
import type { Services } from "@/lib/server/services";
import { storageError } from "@/lib/server/storage/track-writer";
import { compileRecording } from "@/worker/compile/compile-recording";
import { cutRecording } from "@/worker/compile/cut-recording";
import { exportCamera } from "@/worker/compile/export-camera";
import { ProgressMeter } from "@/worker/compile/progress-meter";
import { findEncoders } from "@/worker/encoders";
import { RunningJobs } from "@/worker/running-jobs";
import { compileSnapshots } from "@/worker/snapshots/compile-snapshots";

/** How a job ended, for the metrics. */
export type CompileOutcome = "ready" | "failed" | "again" | "gone" | "given_back";

export interface CompileProcessorOptions {
  /** Wait before the second attempt; each further one waits twice as long. */
  retryDelayMs?: number;
  onOutcome?: (outcome: CompileOutcome, seconds: number) => void;
  /** Asks other workers to help with the pieces of a long picture. */
  askForHelp?: (recordingId: string, folder: string, pieces: number) => Promise<void>;
  /** Told with each recording that is ready what of it is missing and was not before, in seconds by cause. */
  onMissing?: (seconds: ReadonlyMap<GapCause, number>) => void;
}

const RETRY_DELAY_MS = 10_000;
/** Each costs memory: with eight, a picture of 4096x2176 did not fit into 2 GiB; with four and a slow preset, 1.4 GB. */
const MAX_THREADS = 4;

/** Threads of one FFmpeg that compiles. */
export function compileThreads({ COMPILE_CONCURRENCY }: Pick<Config, "COMPILE_CONCURRENCY">): number {
  return Math.max(1, Math.min(MAX_THREADS, Math.floor(availableParallelism() / COMPILE_CONCURRENCY)));
}

/** Why a running compilation was ended from outside. */
class Interruption extends Error {
  readonly outcome: "gone" | "given_back";

  constructor(outcome: "gone" | "given_back") {
    super(outcome);
    this.outcome = outcome;
  }
}

export class CompileProcessor {
  readonly #services: Services;
  readonly #retryDelayMs: number;
  readonly #onOutcome: (outcome: CompileOutcome, seconds: number) => void;
  readonly #onMissing: (seconds: ReadonlyMap<GapCause, number>) => void;
  readonly #askForHelp: NonNullable<CompileProcessorOptions["askForHelp"]>;
  readonly #threads: number;
  readonly #jobs = new RunningJobs<{ name: CompileOutcome; attempt: number }>();
  /** By recording. */
  readonly #running = new Map<string, AbortController>();
  readonly #unsubscribe: () => void;
  #isStopping = false;

  constructor(
    services: Services,
    {
      retryDelayMs = RETRY_DELAY_MS,
      onOutcome = () => {},
      onMissing = () => {},
      askForHelp = async () => {},
    }: CompileProcessorOptions = {},
  ) {
    this.#services = services;
    this.#retryDelayMs = retryDelayMs;
    this.#onOutcome = onOutcome;
    this.#onMissing = onMissing;
    this.#askForHelp = askForHelp;
    this.#threads = compileThreads(services.config);
    this.#unsubscribe = services.changes.subscribe((change) => {
      if (change.kind === "deleted") this.#running.get(change.recordingId)?.abort(new Interruption("gone"));
    });
  }

  /** Gives up what is running, so that another worker takes it; jobs that still come are given back at once. */
  stop(): void {
    this.#isStopping = true;
    this.#unsubscribe();
    for (const controller of this.#running.values()) controller.abort(new Interruption("given_back"));
  }

  /**
   * @throws {DelayedError | WaitingError} when the job is to be done again, later or by another worker; BullMQ then
   *   keeps it
   */
  async process(job: Job<CompileJob>, token?: string): Promise<void> {
    const { outcome, isHolder } = await this.#jobs.run(String(job.id), async () => {
      const startedAtMs = performance.now();
      const outcome = await this.#compile(job);
      this.#onOutcome(outcome.name, (performance.now() - startedAtMs) / 1000);
      return outcome;
    });
    if (!isHolder) return;
    if (outcome.name === "given_back") {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if (outcome.name === "again") {
      await job.moveToDelayed(Date.now() + this.#retryDelayMs * 2 ** (outcome.attempt - 1), token);
      throw new DelayedError();
    }
  }

  async #compile(job: Job<CompileJob>): Promise<{ name: CompileOutcome; attempt: number }> {
    if (this.#isStopping) return { name: "given_back", attempt: 0 };
    const claim = await claimCompilation(this.#services, compileJob.parse(job.data));
    if (claim === null) return { name: "gone", attempt: 0 };
    const { attempt } = claim;
    const { id } = claim.recording;
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      await this.#attempt(claim, job, controller.signal);
      await this.#services.folder.removePieces(id);
      return { name: "ready", attempt };
    } catch (thrown) {
      if (thrown instanceof Interruption && thrown.outcome === "given_back") {
        await releaseCompilation(this.#services, claim);
        return { name: "given_back", attempt };
      }
      if (thrown instanceof Interruption || (await this.#isGone(claim))) {
        // Whatever was written while the deletion went through the folder.
        if (await this.#isDeleted(id)) await this.#services.folder.removeRecording(id);
        return { name: "gone", attempt };
      }
      const again = await failCompilation(this.#services, claim, asAppError(thrown));
      if (!again) await this.#services.folder.removePieces(id);
      return { name: again ? "again" : "failed", attempt };
    } finally {
      this.#running.delete(id);
    }
  }

  async #attempt(claim: Claim, job: Job<CompileJob>, signal: AbortSignal): Promise<void> {
    const { config, folder } = this.#services;
    const log = this.#services.log.child({ recordingId: claim.recording.id, attempt: claim.attempt });
    if (claim.attempt > config.COMPILE_MAX_ATTEMPTS) {
      throw new AppError("internal", "worker_lost", "Compiling was interrupted again and again, and was given up.");
    }
    // Attempts before this one are over, or will find that they were overtaken.
    await folder.removeWorkButPieces(claim.recording.id);
    // So is whoever followed it.
    await removeLiveFiles(this.#services, claim.recording.id);
    const workFolder = await folder.makeWorkFolder(claim.recording.id, `compile-${claim.attempt}`);
    try {
      signal.throwIfAborted();
      const progress = new ProgressMeter((now) => {
        reportProgress(this.#services, claim, now);
        // For whoever looks at the queue; without Redis the compilation goes on.
        void job.updateProgress(now).catch(() => {});
      });
      const context = {
        config,
        log,
        ffmpeg: ffmpegOf(config, this.#threads),
        threads: this.#threads,
        inputLimits: inputLimitsOf(config),
        signal,
        progress,
        isStream: claim.recording.source === "mjpeg",
        workFolder,
        encoders: () => findEncoders(config),
        askForHelp: (piecesFolder: string, pieces: number) =>
          this.#askForHelp(claim.recording.id, piecesFolder, pieces),
      };
      const { made, facts } =
        claim.recording.cut !== null
          ? await cutRecording(context, this.#services, claim)
          : claim.recording.source === "camera"
            ? await exportCamera(context, this.#services, claim)
            : claim.recording.source === "snapshots"
              ? await compileSnapshots(context, this.#services, claim)
              : await compileRecording(context, folder, claim);
      signal.throwIfAborted();
      await publishCompilation(this.#services, claim, made, facts);
      // Of a part, the original has told it.
      if (claim.recording.cut === null)
        this.#onMissing(newlyMissingSeconds(claim.recording.id, claim.recording.gaps, facts.gaps));
    } finally {
      await fs.rm(workFolder, { recursive: true, force: true });
      // The folder around it goes too, unless another attempt is at work in it.
      await fs.rmdir(path.dirname(workFolder)).catch(() => {});
    }
  }

  /** Whether the recording was deleted, or another attempt has taken it over. */
  async #isGone({ recording, attempt }: Claim): Promise<boolean> {
    const row = await this.#services.database.recording.findUnique({ where: { id: recording.id } });
    return row === null || row.deletedAt !== null || row.compileAttempts !== attempt;
  }

  async #isDeleted(id: string): Promise<boolean> {
    const row = await this.#services.database.recording.findUnique({ where: { id } });
    return row === null || row.deletedAt !== null;
  }
}

/** Failed calls on the disk get words of their own; everything else that is not ours is internal. */
function asAppError(thrown: unknown): AppError {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return code === "ENOSPC" || code === "EDQUOT" ? storageError(thrown) : toAppError(thrown);
}
