/**
 * Processes the jobs of the capture queue: each names a camera and lasts for as long as that is recorded. Who may record it
 * is decided in the database, so that the same job twice, or one of a worker that died, does no harm.
 */
import { randomUUID } from "node:crypto";
import { DelayedError, type Job, WaitingError } from "bullmq";
import type { CameraCause } from "@/lib/domain/camera-causes";
import { CAMERAS_CHANNEL, type CaptureJob, captureJob } from "@/lib/protocol/camera-jobs";
import {
  addSegment,
  captureTarget,
  claimCamera,
  HEARTBEAT_MS,
  heartbeat,
  noteState,
  releaseCamera,
} from "@/lib/server/cameras/capture";
import { connectRedis, redisUrlOf } from "@/lib/server/queue/redis";
import type { Services } from "@/lib/server/services";
import { CameraRecorder } from "@/worker/capture/camera-recorder";
import { ChunkPool } from "@/worker/capture/chunk-pool";
import { recoverSegments } from "@/worker/capture/recover-segments";
import { failureOf } from "@/worker/capture/rtsp/rtsp-connection";
import type { FinishedSegment } from "@/worker/capture/segment-writer";
import type { ThumbnailMaker } from "@/worker/capture/thumbnail-maker";

/** Another worker has the camera: it is asked again after this. */
const TAKEN_PAUSE_MS = 5000;
const LOOK_MS = 1000;
/** A row that could not be written is tried again. */
const ROW_PAUSE_MS = 3000;

interface Running {
  recorder: CameraRecorder;
  /** Settles when it has ended and the camera has been given up. */
  done: Promise<void>;
}

export class CaptureProcessor {
  readonly workerId = randomUUID();
  readonly #services: Services;
  readonly #thumbnails: ThumbnailMaker;
  readonly #pool = new ChunkPool();
  readonly #running = new Map<string, Running>();
  readonly #looking: NodeJS.Timeout;
  readonly #beating: NodeJS.Timeout;
  readonly #subscriber;
  #isStopping = false;
  #isBeating = false;
  /** Asked for while one was under way, which may have read before what there is to hear. */
  #isBeatOwed = false;

  constructor(services: Services, thumbnails: ThumbnailMaker) {
    this.#services = services;
    this.#thumbnails = thumbnails;
    this.#looking = setInterval(() => {
      const now = performance.now();
      for (const { recorder } of this.#running.values()) recorder.look(now);
    }, LOOK_MS);
    this.#beating = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#subscriber = connectRedis(redisUrlOf(services.config), "consumer", services.log);
    void this.#subscriber.subscribe(CAMERAS_CHANNEL).catch(() => {});
    this.#subscriber.on("message", () => void this.#beat());
  }

  get active(): number {
    return this.#running.size;
  }

  /** Closes every segment in order and gives the cameras back, so that another worker takes them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#beating);
    for (const { recorder } of this.#running.values()) recorder.stop("worker_stopped");
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
    clearInterval(this.#looking);
    this.#subscriber.disconnect();
  }

  /** @throws {DelayedError | WaitingError} when the job is to be done again, later or by another worker */
  async process(job: Job<CaptureJob>, token?: string): Promise<void> {
    const { cameraId, startedAtMs } = captureJob.parse(job.data);
    const outcome = await this.#capture(cameraId, startedAtMs);
    if (outcome === "given_back") {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if (outcome === "taken") {
      await job.moveToDelayed(Date.now() + TAKEN_PAUSE_MS, token);
      throw new DelayedError();
    }
  }

  async #capture(cameraId: string, startedAtMs: number): Promise<"done" | "taken" | "given_back"> {
    if (this.#isStopping) return "given_back";
    // It was started anew or changed, or the queue has lost the job that is running here. That one gives the camera up before
    // it is claimed again: it would give up the new claim, which is the same worker's.
    const before = this.#running.get(cameraId);
    if (before !== undefined) {
      void this.#beat();
      await before.done.catch(() => {});
    }
    const camera = await claimCamera(this.#services, this.workerId, cameraId, startedAtMs);
    if (camera === null) return "done";
    if (camera === "taken") return "taken";
    let recorder: CameraRecorder;
    try {
      await recoverSegments(this.#services, cameraId);
      recorder = new CameraRecorder(this.#services, captureTarget(this.#services, camera), {
        workerId: this.workerId,
        pool: this.#pool,
        onSegment: (id, segment) => this.#addSegment(id, segment),
        onKeyFrame: (id, codec, parts, atMs) => this.#thumbnails.offer(id, codec, parts, atMs),
      });
    } catch (error) {
      this.#services.log.error({ cameraId, error: String(error) }, "camera cannot be recorded");
      await noteState(this.#services, this.workerId, cameraId, "retrying", { failure: failureOf(error) });
      return "taken";
    }
    const done = this.#record(cameraId, recorder);
    this.#running.set(cameraId, { recorder, done });
    if (this.#isStopping) recorder.stop("worker_stopped");
    await done;
    return this.#isStopping ? "given_back" : "done";
  }

  async #record(cameraId: string, recorder: CameraRecorder): Promise<void> {
    await recorder.run();
    try {
      await releaseCamera(this.#services, this.workerId, cameraId, "stopped");
      await releaseCamera(this.#services, this.workerId, cameraId, "waiting");
    } finally {
      this.#running.delete(cameraId);
    }
  }

  /** A row is owed as long as its segment is there; while the database is away it is tried again. */
  async #addSegment(cameraId: string, { version: _, ...segment }: FinishedSegment): Promise<void> {
    for (;;) {
      try {
        await addSegment(this.#services, cameraId, segment);
        return;
      } catch (error) {
        this.#services.log.warn({ cameraId, error: String(error) }, "segment could not be noted yet");
        // When this process ends before, the next one finds the file without a row.
        if (this.#isStopping) return;
        await new Promise((resolve) => setTimeout(resolve, ROW_PAUSE_MS));
      }
    }
  }

  async #beat(): Promise<void> {
    if (this.#isBeating) this.#isBeatOwed = true;
    if (this.#isBeating || this.#running.size === 0) return;
    this.#isBeating = true;
    this.#isBeatOwed = false;
    try {
      const cameras = [...this.#running.entries()].map(([id, { recorder }]) => ({
        id,
        isHealthy: recorder.isHealthy,
        startedAtMs: recorder.target.startedAtMs,
      }));
      for (const { id, isChanged } of await heartbeat(this.#services, this.workerId, cameras)) {
        this.#end(id, isChanged ? "settings_changed" : null);
      }
    } catch (error) {
      // A database that is away stops nothing: whether a camera is still wanted is asked again.
      this.#services.log.warn({ error: String(error) }, "no heartbeat");
    } finally {
      this.#isBeating = false;
    }
    if (this.#isBeatOwed) await this.#beat();
  }

  #end(cameraId: string, cause: CameraCause | null): void {
    this.#running.get(cameraId)?.recorder.stop(cause);
  }
}
