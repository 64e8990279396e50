/**
 * One take of a stream: pictures with their times into the encoder, the last one repeated while none comes, so that the
 * file is as long as the clock says, and what the source did not send written down.
 */
import { randomUUID } from "node:crypto";
import type { GapCause } from "@/lib/domain/gap-causes";
import type { StreamSettings } from "@/lib/domain/mjpeg-settings";
import { trackFilename } from "@/lib/domain/names";
import { STREAM_TRACK_TYPES } from "@/lib/media/mjpeg/encode-args";
import type { MjpegFrame } from "@/lib/media/mjpeg/frame-reader";
import { noteLoss, takeForRun } from "@/lib/server/mjpeg/capture-run";
import { beginTrack, finishTrack } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { StreamEncoder } from "@/worker/mjpeg/stream-encoder";

/** Without a picture for this long the last one is repeated: then the file grows, and a player sees it does. */
const HOLD_MS = 1000;
/** A source that was away for less has lost no more than a picture or two. */
const MIN_LOSS_MS = 500;
/** The last picture is put this long before the end; FFmpeg gives it one tick of the input's clock. */
const LAST_PICTURE_MS = 1;

export interface TakeFacts {
  recordingId: string;
  ownerId: string;
  settings: StreamSettings;
}

export class TakeRecorder {
  readonly #services: Services;
  readonly #facts: TakeFacts;
  readonly #number: number;
  readonly #encoder: StreamEncoder;
  /** By performance.now(). */
  readonly #startMs: number;
  #lastAtMs = -1;
  #last: Buffer;
  #loss: { id: string; fromMs: number; code: GapCause } | null = null;
  frames = 0;
  dropped = 0;

  private constructor(services: Services, facts: TakeFacts, number: number, encoder: StreamEncoder, first: MjpegFrame) {
    this.#services = services;
    this.#facts = facts;
    this.#number = number;
    this.#encoder = encoder;
    this.#startMs = first.arrivedAtMs;
    this.#last = first.jpeg;
  }

  /**
   * Makes the track's file, then its row.
   *
   * @param first the picture it begins with; it has yet to be taken
   * @param cause what ended the take before this one
   * @throws {AppError} when the disk, the database or the recording's state do not allow it
   */
  static async begin(
    services: Services,
    facts: TakeFacts,
    first: MjpegFrame,
    cause: GapCause,
    onFailure: (error: unknown) => void,
  ): Promise<TakeRecorder> {
    const { folder, config } = services;
    const { recordingId, settings } = facts;
    await folder.confirm();
    const startedAtMs = Date.now() - (performance.now() - first.arrivedAtMs);
    const number = await takeForRun(services, facts, cause);
    const file = folder.file(recordingId, trackFilename("video", number));
    const encoder = await StreamEncoder.start(config, { file, settings, size: first.size }, onFailure);
    try {
      const mimeType = STREAM_TRACK_TYPES[settings.codec];
      await beginTrack(services, recordingId, number, "video", { mimeType, startedAtMs });
    } catch (error) {
      await encoder.end();
      throw error;
    }
    return new TakeRecorder(services, facts, number, encoder, first);
  }

  get durableBytes(): number {
    return this.#encoder.durableBytes;
  }

  take({ jpeg, arrivedAtMs }: MjpegFrame): void {
    this.#endLoss(arrivedAtMs);
    this.#last = jpeg;
    if (this.#write(jpeg, arrivedAtMs)) this.frames += 1;
    else this.dropped += 1;
  }

  /** Repeats the last picture when it has stood for a while. @param nowMs by performance.now() */
  hold(nowMs: number): void {
    if (nowMs - this.#startMs - this.#lastAtMs >= HOLD_MS) this.#write(this.#last, nowMs);
  }

  /** The source is gone since its last picture. @param lastFrameMs when that arrived, by performance.now() */
  lose(code: GapCause, lastFrameMs: number): void {
    this.#loss ??= { id: randomUUID(), fromMs: this.#mediaMs(lastFrameMs), code };
  }

  /** Writes down how long the source has been away by now. */
  async noteLoss(nowMs: number): Promise<void> {
    if (this.#loss !== null) await this.#note(this.#loss, this.#mediaMs(nowMs));
  }

  /**
   * Ends it: the file lasts until then.
   *
   * @param endMs by performance.now()
   */
  async end(endMs: number): Promise<void> {
    const lastMs = endMs - LAST_PICTURE_MS;
    if (this.#mediaMs(lastMs) > this.#lastAtMs) this.#write(this.#last, lastMs);
    this.#endLoss(endMs);
    const { sizeBytes, sha256 } = await this.#encoder.end();
    const { recordingId } = this.#facts;
    await finishTrack(this.#services, recordingId, this.#number, "video", { sizeBytes, sha256 });
  }

  #endLoss(atMs: number): void {
    const loss = this.#loss;
    this.#loss = null;
    if (loss === null) return;
    this.#note(loss, this.#mediaMs(atMs)).catch((error: unknown) =>
      this.#services.log.error(
        { recordingId: this.#facts.recordingId, error: String(error) },
        "gap could not be noted",
      ),
    );
  }

  async #note({ id, fromMs, code }: { id: string; fromMs: number; code: GapCause }, toMs: number): Promise<void> {
    if (toMs - fromMs < MIN_LOSS_MS) return;
    const { recordingId } = this.#facts;
    await noteLoss(this.#services, { id, recordingId, takeNumber: this.#number, fromMs, toMs, code });
  }

  #write(jpeg: Buffer, nowMs: number): boolean {
    // Two that came in one read get times of their own.
    const atMs = Math.max(this.#mediaMs(nowMs), this.#lastAtMs + 1);
    if (!this.#encoder.write(jpeg, atMs)) return false;
    this.#lastAtMs = atMs;
    return true;
  }

  #mediaMs(nowMs: number): number {
    return Math.max(0, Math.round(nowMs - this.#startMs));
  }
}
