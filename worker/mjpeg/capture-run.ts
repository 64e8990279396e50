/**
 * One run of a capture in this worker: from taking it on to its end, or until the worker is to stop or has lost it.
 * The source, the take and the heartbeat go their own ways; whichever of them fails, the others go on.
 */
import { randomUUID } from "node:crypto";
import { type AppError, toAppError } from "@/lib/domain/errors";
import type { GapCause } from "@/lib/domain/gap-causes";
import type { StreamSettings, StreamState } from "@/lib/domain/mjpeg-settings";
import type { MjpegFrame } from "@/lib/media/mjpeg/frame-reader";
import type { StreamCapture } from "@/lib/server/database/client";
import {
  beat,
  type CaptureProgress,
  claimCapture,
  endCapture,
  finishOpenTracks,
  HEARTBEAT_MS,
  releaseCapture,
} from "@/lib/server/mjpeg/capture-run";
import { beginRecording, sealContext } from "@/lib/server/mjpeg/captures";
import type { Services } from "@/lib/server/services";
import { expectRoomToRecord } from "@/lib/server/storage/space";
import { limitBytes, usedBytes } from "@/lib/server/users/accounts";
import { StreamSource } from "@/worker/mjpeg/stream-source";
import { TakeRecorder } from "@/worker/mjpeg/take-recorder";

/** over: nothing is left to do; given_back: another run may have it; early and busy: to be looked at again. */
export type RunOutcome = "over" | "given_back" | "early" | "busy";

/** A picture that stays the same, byte for byte, for this long is one that has frozen: no sensor is without noise. */
const FROZEN_MS = 10_000;
const HOLD_LOOK_MS = 250;
/** Pictures that arrive while a take begins. */
const MAX_EARLY_FRAMES = 60;
/** A take that could not begin, or failed, is tried again after this. */
const TAKE_RETRY_MS = 2000;
const QUOTA_LOOK_MS = 30_000;
const MAX_FRAME_BYTES = 16 * 1024 ** 2;

export class CaptureRun {
  readonly #services: Services;
  readonly #runId = randomUUID();
  readonly #stop: AbortSignal;
  #capture!: StreamCapture;
  #recordingId = "";
  #settings!: StreamSettings;
  #source!: StreamSource;
  #take: TakeRecorder | null = null;
  #isBeginning = false;
  #early: MjpegFrame[] = [];
  #nextTakeAtMs = 0;
  #cause: GapCause = "recorder_restarted";
  #state: StreamState = "connecting";
  #message: string | null = null;
  #lastFrameMs: number | null = null;
  #lastFrameAt: Date | null = null;
  #lastJpeg: Buffer | null = null;
  #sameSinceMs = 0;
  #counts = { frames: 0, dropped: 0 };
  #bytesBefore = 0;
  #quotaLookedAtMs = 0;
  #wake: () => void = () => {};

  /** @param stop ends the run so that another may go on */
  constructor(services: Services, stop: AbortSignal) {
    this.#services = services;
    this.#stop = stop;
  }

  /** @throws when it cannot even begin: the job is to be tried again */
  async run(captureId: string): Promise<RunOutcome> {
    const claimed = await claimCapture(this.#services, captureId, this.#runId);
    if (typeof claimed === "string") return claimed;
    this.#capture = claimed;
    const { log, sealer, config } = this.#services;
    try {
      this.#recordingId = claimed.recordingId ?? (await beginRecording(this.#services, claimed));
      await finishOpenTracks(this.#services, this.#recordingId);
      await this.#readEarlier();
      const url = sealer.open(claimed.credentials ?? "", sealContext(captureId));
      this.#source = new StreamSource(this.#services.outbound, {
        url,
        stallMs: config.MJPEG_STALL_SECONDS * 1000,
        maxFrameBytes: MAX_FRAME_BYTES,
        maxPixels: config.COMPILE_MAX_PIXELS,
        onFrame: (frame) => this.#takeFrame(frame),
        onLost: (error) => this.#lose(error),
      });
    } catch (error) {
      const { kind, code, message } = toAppError(error);
      if (code !== "credentials_unreadable" && code !== "quota_exceeded") {
        await releaseCapture(this.#services, captureId, this.#runId);
        throw error;
      }
      log.warn({ captureId, kind, code }, "stream cannot be recorded");
      await endCapture(this.#services, this.#capture, this.#runId, code, message);
      return "over";
    }
    return this.#record();
  }

  async #readEarlier(): Promise<void> {
    const { database } = this.#services;
    this.#settings = JSON.parse(this.#capture.settings);
    const tracks = await database.track.findMany({ where: { recordingId: this.#recordingId } });
    this.#bytesBefore = tracks.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0);
    this.#counts = { frames: this.#capture.frames, dropped: this.#capture.droppedFrames };
  }

  async #record(): Promise<RunOutcome> {
    const { changes, log } = this.#services;
    const ending = new AbortController();
    const onStop = () => this.#wake();
    this.#stop.addEventListener("abort", onStop);
    const unsubscribe = changes.subscribe(({ recordingId }) => recordingId === this.#recordingId && this.#wake());
    const hold = setInterval(() => this.#take?.hold(performance.now()), HOLD_LOOK_MS);
    const reading = this.#source.run(ending.signal);
    log.info({ captureId: this.#capture.id, recordingId: this.#recordingId }, "stream is being recorded");
    let end: { atMs: number; code: string | null; message: string | null } | "lost" | "given_back";
    try {
      end = await this.#watch();
    } finally {
      clearInterval(hold);
      unsubscribe();
      this.#stop.removeEventListener("abort", onStop);
      ending.abort();
      await reading;
    }
    // Whoever took it over, or deleted it, has no use for the rest; ending the encoder is all there is to do.
    await this.#endTake(typeof end === "string" ? performance.now() : end.atMs);
    log.info({ captureId: this.#capture.id, end }, "stream is recorded no more");
    if (end === "lost") return "over";
    if (end === "given_back") {
      await this.#report().catch(() => null);
      await releaseCapture(this.#services, this.#capture.id, this.#runId);
      return "given_back";
    }
    await this.#report().catch(() => null);
    await endCapture(
      this.#services,
      { id: this.#capture.id, recordingId: this.#recordingId },
      this.#runId,
      end.code,
      end.message,
    );
    return "over";
  }

  /** Looks every few seconds, and whenever something is heard of the capture, whether it is to go on. */
  async #watch() {
    for (;;) {
      if (this.#stop.aborted) return "given_back" as const;
      const row = await this.#report().catch((error: unknown) => {
        // Without the database it goes on: only a stop is heard later.
        this.#services.log.warn({ captureId: this.#capture.id, error: String(error) }, "heartbeat failed");
        return this.#capture;
      });
      if (row === null) return "lost" as const;
      this.#capture = row;
      const end = await this.#endOf(row);
      if (end !== null) return end;
      const untilEndMs = row.stopAt === null ? HEARTBEAT_MS : row.stopAt.getTime() - Date.now();
      await this.#pause(Math.min(HEARTBEAT_MS, Math.max(0, untilEndMs)));
    }
  }

  async #endOf(row: StreamCapture) {
    const at = (date: Date, code: string | null, message: string | null = null) => ({
      // The moment that was meant, by the clock of the pictures.
      atMs: performance.now() - Math.max(0, Date.now() - date.getTime()),
      code,
      message,
    });
    const now = new Date();
    if (row.stopRequestedAt !== null && (row.stopAt === null || row.stopRequestedAt <= row.stopAt)) {
      return at(row.stopRequestedAt, null);
    }
    if (row.stopAt !== null && row.stopAt <= now) return at(row.stopAt, "duration_reached");
    const bytes = this.#bytesBefore + (this.#take?.durableBytes ?? 0);
    if (row.maxBytes !== null && bytes >= row.maxBytes) {
      return at(now, "size_reached", "The recording reached its largest size.");
    }
    if (await this.#isOverQuota()) return at(now, "quota_exceeded", "Your storage is full.");
    return null;
  }

  async #isOverQuota(): Promise<boolean> {
    if (performance.now() - this.#quotaLookedAtMs < QUOTA_LOOK_MS) return false;
    this.#quotaLookedAtMs = performance.now();
    const { database, config } = this.#services;
    try {
      const owner = await database.user.findUniqueOrThrow({ where: { id: this.#capture.ownerId } });
      const limit = limitBytes(owner, config);
      return limit !== null && (await usedBytes(this.#services, owner.id)) >= limit;
    } catch {
      return false;
    }
  }

  async #report(): Promise<StreamCapture | null> {
    await this.#take?.noteLoss(performance.now());
    const row = { id: this.#capture.id, runId: this.#runId, recordingId: this.#recordingId };
    return beat(this.#services, row, this.#progress());
  }

  #progress(): CaptureProgress {
    const sameMs = this.#lastFrameMs === null ? 0 : this.#lastFrameMs - this.#sameSinceMs;
    return {
      state: this.#state,
      stateMessage: this.#message,
      lastFrameAt: this.#lastFrameAt,
      frames: this.#counts.frames + (this.#take?.frames ?? 0),
      droppedFrames: this.#counts.dropped + (this.#take?.dropped ?? 0),
      brokenFrames: this.#capture.brokenFrames + this.#newlyBroken(),
      frozenSince: sameMs >= FROZEN_MS ? new Date(Date.now() - (performance.now() - this.#sameSinceMs)) : null,
    };
  }

  #brokenNoted = 0;

  /** Since the last report: the row counts over all runs. */
  #newlyBroken(): number {
    const { broken } = this.#source.skipped;
    const fresh = broken - this.#brokenNoted;
    this.#brokenNoted = broken;
    return fresh;
  }

  #takeFrame(frame: MjpegFrame): void {
    this.#lastFrameMs = frame.arrivedAtMs;
    this.#lastFrameAt = new Date();
    if (this.#lastJpeg === null || !this.#lastJpeg.equals(frame.jpeg)) this.#sameSinceMs = frame.arrivedAtMs;
    this.#lastJpeg = frame.jpeg;
    if (this.#take !== null) {
      this.#take.take(frame);
      this.#become("recording", null);
    } else if (this.#isBeginning) {
      if (this.#early.length < MAX_EARLY_FRAMES) this.#early.push(frame);
      else this.#counts.dropped += 1;
    } else if (performance.now() >= this.#nextTakeAtMs) {
      void this.#beginTake(frame);
    }
  }

  async #beginTake(first: MjpegFrame): Promise<void> {
    this.#isBeginning = true;
    this.#early = [first];
    try {
      // The first take had room when the recording was made; one after a full disk waits until there is some.
      if (this.#cause === "storage_full") await expectRoomToRecord(this.#services);
      const facts = {
        recordingId: this.#recordingId,
        ownerId: this.#capture.ownerId,
        settings: this.#settings,
      };
      const take = await TakeRecorder.begin(this.#services, facts, first, this.#cause, (error) => {
        if (this.#take === take) void this.#failTake(toAppError(error));
      });
      this.#take = take;
      for (const frame of this.#early) take.take(frame);
      this.#become("recording", null);
    } catch (error) {
      this.#failedToTake(toAppError(error));
    } finally {
      this.#early = [];
      this.#isBeginning = false;
    }
  }

  async #failTake(error: AppError): Promise<void> {
    await this.#endTake(performance.now());
    this.#failedToTake(error);
  }

  #failedToTake(error: AppError): void {
    this.#nextTakeAtMs = performance.now() + TAKE_RETRY_MS;
    this.#cause = error.kind === "storage_full" ? "storage_full" : "recorder_restarted";
    this.#services.log.warn({ captureId: this.#capture.id, code: error.code, detail: error.detail }, "take failed");
    this.#become("lost", error.message);
  }

  async #endTake(atMs: number): Promise<void> {
    const take = this.#take;
    if (take === null) return;
    this.#take = null;
    this.#counts.frames += take.frames;
    this.#counts.dropped += take.dropped;
    this.#bytesBefore += take.durableBytes;
    await take.end(atMs).catch((error: unknown) => {
      this.#services.log.error({ captureId: this.#capture.id, error: String(error) }, "take could not be finished");
    });
  }

  #lose(error: AppError): void {
    if (this.#state !== "lost") {
      const { code, detail } = error;
      this.#services.log.warn({ captureId: this.#capture.id, code, detail }, "stream lost");
    }
    const cause = error.code === "source_silent" ? "source_silent" : "connection_lost";
    if (this.#lastFrameMs !== null) this.#take?.lose(cause, this.#lastFrameMs);
    this.#become("lost", error.message);
  }

  #become(state: StreamState, message: string | null): void {
    if (this.#state === state && this.#message === message) return;
    this.#state = state;
    this.#message = message;
    this.#wake();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
    });
  }
}
