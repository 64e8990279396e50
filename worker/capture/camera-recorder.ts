/**
 * Records one camera for as long as it is wanted: connects, records, notices when nothing reaches the disk any more, writes
 * the gap down, waits, and connects again.
 */
import { CAMERA_CAUSES, type CameraCause, CameraFailure } from "@/lib/domain/camera-causes";
import { type CaptureTarget, noteState, settleGapBefore } from "@/lib/server/cameras/capture";
import { count } from "@/lib/server/cameras/counters";
import { closeGap, openGap } from "@/lib/server/cameras/gaps";
import type { Services } from "@/lib/server/services";
import { BackOff } from "@/worker/capture/back-off";
import type { ChunkPool } from "@/worker/capture/chunk-pool";
import { recoverSegments } from "@/worker/capture/recover-segments";
import { failureOf } from "@/worker/capture/rtsp/rtsp-connection";
import { RtspSession } from "@/worker/capture/rtsp/rtsp-session";
import type { FinishedSegment } from "@/worker/capture/segment-writer";
import { StreamRecorder } from "@/worker/capture/stream-recorder";

/** Nothing on disk for so long is noticed: with a look each second, within 10 s. */
const STALL_MS = 8000;
/** So far apart, the wall clock and the steady one are no longer the same. */
const CLOCK_STEP_MS = 2000;

export interface RecorderHooks {
  workerId: string;
  pool: ChunkPool;
  /** Writes the row of a segment, however long that takes. */
  onSegment(cameraId: string, segment: FinishedSegment): Promise<void>;
  onKeyFrame(cameraId: string, codec: "h264" | "h265", parts: readonly Uint8Array[], atMs: number): void;
}

export class CameraRecorder {
  readonly target: CaptureTarget;
  readonly #services: Services;
  readonly #hooks: RecorderHooks;
  readonly #backOff = new BackOff();
  readonly #stop = new AbortController();
  #session: RtspSession | null = null;
  #stream: StreamRecorder | null = null;
  #fail: (failure: CameraFailure) => void = () => {};
  #durableAtMs = 0;
  #clockDifferenceMs = 0;
  /** Writes to the database, one after the other. */
  #notes: Promise<unknown> = Promise.resolve();

  constructor(services: Services, target: CaptureTarget, hooks: RecorderHooks) {
    this.#services = services;
    this.target = target;
    this.#hooks = hooks;
  }

  /** Bytes have reached the disk within the last seconds. */
  get isHealthy(): boolean {
    return this.#session !== null && performance.now() - this.#durableAtMs < STALL_MS;
  }

  /** Ends it in order: what came is on disk and told when {@link run} resolves. @param cause why, for the gap */
  stop(cause: CameraCause | null): void {
    this.#stop.abort(cause);
  }

  /** Records until it is stopped. Never throws. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    let cause = await settleGapBefore(this.#services, this.target).catch(() => null);
    let hasLeftSegment = false;
    while (!signal.aborted) {
      if (hasLeftSegment) hasLeftSegment = !(await this.#recoverSegment());
      const beganMs = performance.now();
      this.#noteState("connecting");
      const outcome = await this.#record(cause);
      if (signal.aborted) break;
      cause = outcome.failure.code;
      hasLeftSegment ||= cause === "disk_full" || cause === "disk_failed";
      const recordedMs = outcome.firstPictureAtMs === null ? 0 : performance.now() - outcome.firstPictureAtMs;
      await this.#noteFailure(outcome.failure, outcome.lastPictureMs ?? Date.now() - (performance.now() - beganMs));
      await pause(this.#backOff.next(cause, recordedMs), signal);
    }
    if (hasLeftSegment) await this.#recoverSegment();
    if (signal.reason !== null) {
      const code = signal.reason as CameraCause;
      this.#note(() =>
        openGap(this.#services, this.target.id, this.#lastEndMs ?? Date.now(), code, CAMERA_CAUSES[code]),
      );
    }
    await this.#notes;
  }
  #lastEndMs: number | null = null;

  /** A disk that failed has left a segment without its row: it gets it when the disk is well. @returns whether it has it */
  async #recoverSegment(): Promise<boolean> {
    try {
      await recoverSegments(this.#services, this.target.id);
      return true;
    } catch (error) {
      this.#services.log.warn({ cameraId: this.target.id, error: String(error) }, "a segment was not recovered yet");
      return false;
    }
  }

  /** Called about once a second. */
  look(nowMs: number): void {
    const stream = this.#stream;
    if (this.#session === null || stream === null) return;
    const difference = Date.now() - nowMs;
    if (Math.abs(difference - this.#clockDifferenceMs) > CLOCK_STEP_MS) {
      this.#clockDifferenceMs = difference;
      stream.cut("clock_changed");
      void count(this.#services, "errors", "clock_changed");
    }
    if (stream.isBehind) this.#session.pause();
    else if (stream.hasCaughtUp) this.#session.resume();
    const silentMs = nowMs - this.#durableAtMs;
    if (silentMs < STALL_MS) return;
    const seconds = Math.round(silentMs / 1000);
    this.#fail(
      stream.isBehind
        ? new CameraFailure("disk_failed", `The disk of the recorder took nothing for ${seconds} s.`)
        : new CameraFailure("no_picture", `No picture came for ${seconds} s.`),
    );
  }

  /** One connection, from its beginning to its end. */
  async #record(cause: CameraCause | null) {
    const { services, target, hooks } = { services: this.#services, target: this.target, hooks: this.#hooks };
    const { signal } = this.#stop;
    let stream: StreamRecorder | null = null;
    let firstPictureAtMs: number | null = null;
    let onAbort = () => {};
    const failure = await new Promise<CameraFailure>((resolve) => {
      this.#fail = resolve;
      onAbort = () => resolve(new CameraFailure("closed"));
      signal.addEventListener("abort", onAbort);
      const differenceMs = Date.now() - performance.now();
      this.#clockDifferenceMs = differenceMs;
      RtspSession.open(
        services.outbound,
        { url: target.url, credentials: target.credentials, verifiesTls: services.config.CAMERA_TLS_VERIFY },
        { wantsAudio: target.settings.audio, config: services.config },
        (media, parameterSets) => {
          const recorder = new StreamRecorder(
            {
              folder: services.cameras,
              cameraId: target.id,
              pool: hooks.pool,
              ffmpegPath: services.config.FFMPEG_PATH,
              segmentMs: 1000 * (target.settings.segmentSeconds ?? services.config.SEGMENT_SECONDS),
              cause,
              // Steady between two looks, whatever is done to the clock of this machine.
              now: () => performance.now() + this.#clockDifferenceMs,
              onSegmentOpen: (filename, head) => {
                this.#note(() => closeGap(services, target.id, head.startedAtMs).then((ms) => this.#countGap(ms)));
                this.#noteState("recording", { live: { filename, head } });
              },
              onSegment: (segment) => hooks.onSegment(target.id, segment),
              onKeyFrame: (codec, parts, atMs) => hooks.onKeyFrame(target.id, codec, parts, atMs),
              onDurable: () => {
                this.#durableAtMs = performance.now();
              },
              onSoundFailure: (error) =>
                services.log.warn({ cameraId: target.id, error: String(error) }, "sound could not be encoded"),
              onFailure: (error) => resolve(failureOf(error)),
            },
            media,
            parameterSets,
          );
          stream = recorder;
          if (media.skippedAudio !== null) {
            services.log.warn({ cameraId: target.id, encoding: media.skippedAudio }, "sound cannot be recorded");
          }
          return {
            onPicture: (picture, pts) => {
              const nowMs = performance.now();
              firstPictureAtMs ??= nowMs;
              recorder.picture(picture, pts, nowMs);
            },
            onSound: (bytes, start, end, pts) => recorder.sound(bytes, start, end, pts),
            onParameterSets: () => recorder.readParameterSets(),
            onEnd: (ended) => resolve(ended ?? new CameraFailure("closed")),
          };
        },
        signal,
      ).then(
        (session) => {
          this.#session = session;
          this.#stream = stream;
          this.#durableAtMs = performance.now();
        },
        (error: unknown) => resolve(failureOf(error)),
      );
    });
    signal.removeEventListener("abort", onAbort);
    this.#fail = () => {};
    const session = this.#session;
    this.#session = this.#stream = null;
    session?.close();
    const recorder = stream as StreamRecorder | null;
    await recorder?.close();
    if (session !== null) await this.#countLosses(session.losses);
    if (recorder?.lastPictureMs != null) this.#lastEndMs = Math.round(recorder.lastPictureMs);
    return { failure, firstPictureAtMs, lastPictureMs: recorder?.lastPictureMs ?? null };
  }

  async #countLosses({ packets, pictures, jumps }: RtspSession["losses"]): Promise<void> {
    if (packets + pictures + jumps > 0) {
      this.#services.log.warn({ cameraId: this.target.id, packets, pictures, jumps }, "losses of a connection");
    }
    await count(this.#services, "lost_packets", "", packets);
    await count(this.#services, "clock_jumps", "", jumps);
    await count(this.#services, "errors", "time_jump", jumps);
  }

  #countGap(lengthMs: number): void {
    if (lengthMs > 0) void count(this.#services, "gap_seconds", "", lengthMs / 1000);
  }

  async #noteFailure(failure: CameraFailure, fromMs: number): Promise<void> {
    const { id } = this.target;
    this.#services.log.warn({ cameraId: id, code: failure.code, detail: failure.detail }, failure.message);
    this.#note(() => openGap(this.#services, id, Math.round(fromMs), failure.code, failure.message));
    this.#noteState("retrying", { failure, live: null });
    void count(this.#services, "errors", failure.code);
    await this.#notes;
  }

  #noteState(...[state, facts]: [Parameters<typeof noteState>[3], Parameters<typeof noteState>[4]?]): void {
    this.#note(() => noteState(this.#services, this.#hooks.workerId, this.target.id, state, facts));
  }

  /** A database that is away does not stop a camera; what it should hear of states is said again with the next one. */
  #note(write: () => Promise<unknown>): void {
    this.#notes = this.#notes.then(write).catch((error: unknown) => {
      this.#services.log.warn({ cameraId: this.target.id, error: String(error) }, "camera could not be noted");
    });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
