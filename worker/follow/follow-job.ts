/**
 * Processes the jobs of the follow queue: one a live recording, for as long as it runs. Whether there is anything to
 * follow, and who may, is decided in the database; so a job that comes twice, or of a worker that died, does no harm.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { type Job, WaitingError } from "bullmq";
import type { PictureSize } from "@/lib/media/picture-size";
import { type FollowJob, followJob } from "@/lib/protocol/jobs";
import { inputLimitsOf } from "@/lib/server/ffmpeg/run";
import { claimFollowing, endFollowing, removeLiveFiles } from "@/lib/server/recordings/following";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { compileSettingsOf } from "@/lib/server/users/accounts";
import { EncoderBudget } from "@/worker/follow/encoder-budget";
import { Follower } from "@/worker/follow/follower";
import { Gone, Refusal } from "@/worker/follow/refusal";
import { RunningJobs } from "@/worker/running-jobs";

/** The worker stops, and another is to go on. */
class GivenBack extends Error {}

/** How following a recording ended, for the metrics. */
export type FollowOutcome = "ready" | "refused" | "gone" | "given_back";

export class FollowProcessor {
  readonly #services: Services;
  readonly #onOutcome: (outcome: FollowOutcome) => void;
  readonly #budget: EncoderBudget;
  readonly #jobs = new RunningJobs<FollowOutcome>();
  /** By recording. */
  readonly #running = new Map<string, AbortController>();
  readonly #unsubscribe: () => void;
  #isStopping = false;

  constructor(services: Services, onOutcome: (outcome: FollowOutcome) => void = () => {}) {
    this.#services = services;
    this.#onOutcome = onOutcome;
    this.#budget = new EncoderBudget(services.config, services.log);
    this.#unsubscribe = services.changes.subscribe((change) => {
      if (change.kind === "deleted") this.#running.get(change.recordingId)?.abort(new Gone());
    });
  }

  /** Gives up what is running, so that another worker takes it. */
  stop(): void {
    this.#isStopping = true;
    this.#unsubscribe();
    for (const controller of this.#running.values()) controller.abort(new GivenBack());
  }

  /** @throws {WaitingError} when the job is to be done by another worker; BullMQ then keeps it */
  async process(job: Job<FollowJob>, token?: string): Promise<void> {
    const { outcome, isHolder } = await this.#jobs.run(String(job.id), () => this.#claimAndFollow(job));
    if (!isHolder || outcome !== "given_back") return;
    await job.moveToWait(token);
    throw new WaitingError();
  }

  async #claimAndFollow(job: Job<FollowJob>): Promise<FollowOutcome> {
    const { recordingId } = followJob.parse(job.data);
    const run = randomBytes(4).toString("hex");
    const recording = this.#isStopping ? null : await claimFollowing(this.#services, recordingId, run);
    const outcome =
      recording === null ? (this.#isStopping ? "given_back" : "gone") : await this.#follow(recording, run);
    this.#onOutcome(outcome);
    return outcome;
  }

  async #follow(recording: RecordingWithParts, run: string): Promise<FollowOutcome> {
    const { config, followQueue } = this.#services;
    const { id } = recording;
    const log = this.#services.log.child({ recordingId: id, run });
    const controller = new AbortController();
    this.#running.set(id, controller);
    const settings = compileSettingsOf(recording.compileSettings ?? recording.owner.compileSettings, config);
    let giveBack = () => {};
    const context = {
      config,
      log,
      inputLimits: inputLimitsOf(config),
      threads: Math.min(4, availableParallelism()),
      settings,
      signal: controller.signal,
      takeEncoder: async (size: PictureSize) => {
        const taken = await this.#budget.take(settings.preset, size);
        if (taken !== null) giveBack = taken;
        return taken !== null;
      },
    };
    try {
      log.info("recording is followed");
      const follower = new Follower(this.#services, context, recording, run, (reason) => controller.abort(reason));
      await follower.follow();
      await endFollowing(this.#services, id, run, null);
      await followQueue.add("check", id);
      return "ready";
    } catch (thrown) {
      return await this.#end(id, run, controller.signal.aborted ? controller.signal.reason : thrown, log);
    } finally {
      this.#running.delete(id);
      giveBack();
      controller.abort(new Gone());
    }
  }

  async #end(id: string, run: string, reason: unknown, log: Services["log"]): Promise<FollowOutcome> {
    const row = await this.#services.database.recording.findUnique({ where: { id } }).catch(() => null);
    if (reason instanceof GivenBack) {
      await endFollowing(this.#services, id, run, null);
      return "given_back";
    }
    if (row === null || row.deletedAt !== null) {
      // Whatever was written while the deletion went through the folder.
      await this.#services.folder.removeRecording(id).catch(() => {});
      return "gone";
    }
    // Another run has begun anew, under other names.
    if (row.followedBy !== run) return "gone";
    if (row.state === "ready" && !(reason instanceof Gone)) {
      // The file is out: what failed afterwards is no reason to make it again.
      log.error({ error: String(reason) }, "what follows a finished file failed");
      await endFollowing(this.#services, id, run, null);
      await this.#services.followQueue.add("check", id);
      return "ready";
    }
    const code = reason instanceof Refusal ? reason.code : reason instanceof Gone ? null : "failed";
    await removeLiveFiles(this.#services, id).catch(() => {});
    await endFollowing(this.#services, id, run, code);
    if (code === null) return "gone";
    log[code === "failed" ? "error" : "info"](
      { code, reason: String(reason), stack: code === "failed" ? (reason as Error | null)?.stack : undefined },
      "recording is compiled when it has ended",
    );
    return "refused";
  }
}
