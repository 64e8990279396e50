/**
 * Records a stream: waits for a key frame, begins a take, writes its file, follows it with the next one, and gives up
 * when disk or quota say so, without the stream noticing; it tries again then. What comes while a file is being opened
 * waits in memory, up to a bound.
 */
import { type AppError, toAppError } from "@/lib/domain/errors";
import type { GapCause } from "@/lib/domain/gap-causes";
import { type FlvFacts, TAG } from "@/lib/media/flv/flv-file";
import type { STREAM_RECORDING_STATES } from "@/lib/protocol/streams";
import type { StreamKey } from "@/lib/server/database/client";
import { expectQuota, stopRecording } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { expectRoomToRecord } from "@/lib/server/storage/space";
import { awaitEncoder, beginStreamTake, forgetEncoder, nextStreamTake } from "@/lib/server/streams/stream-recordings";
import type { Ingest } from "@/server/ingest/ingest";
import type { TrackListener } from "@/server/ingest/live-track";
import { hasPicture, isConfig, isKeyframe, type MediaMessage } from "@/server/rtmp/media-message";
import { StreamFile } from "@/server/rtmp/stream-file";

/** What waits for a file, or for the first picture, at most. */
const MAX_QUEUE_BYTES = 16 * 1024 ** 2;
/** From here on the encoder is held back while a file is being opened. */
const HOLD_QUEUE_BYTES = 4 * 1024 ** 2;
/** Sound that comes for so long without any picture is a stream of sound alone. */
const SOUND_ALONE_MS = 2000;
/** After a failure; twice as long each time. */
const RETRY_MS = { first: 10_000, last: 300_000 };

export interface RecordedStream {
  /** What a decoder needs first, of picture and sound. */
  configs(): MediaMessage[];
  facts(): FlvFacts;
  /** The disk does not keep up, or does again. */
  hold(): void;
  release(): void;
  /** A recording waits for its encoder until then. */
  onAwaited(recordingId: string, until: Date): void;
}

export type StreamRecordingState = (typeof STREAM_RECORDING_STATES)[number];

export class StreamRecorder implements TrackListener {
  readonly #services: Services;
  readonly #ingest: Ingest;
  readonly #key: StreamKey;
  readonly #stream: RecordedStream;
  #state: StreamRecordingState = "off";
  #file: StreamFile | null = null;
  #recordingId: string | null = null;
  #isOpening = false;
  #queue: MediaMessage[] = [];
  #queuedBytes = 0;
  #mustRotate = false;
  #failure: AppError | null = null;
  #retryAtMs = 0;
  #retryMs = RETRY_MS.first;
  /** What the next take says ended the one before it. */
  #cause: GapCause = "connection_lost";
  /** When the stream's time was 0, by the wall clock. */
  readonly #beganAtMs = Date.now();
  /** One after another: opening and finishing. */
  #work: Promise<void> = Promise.resolve();
  droppedFrames = 0;

  constructor(services: Services, ingest: Ingest, key: StreamKey, stream: RecordedStream) {
    this.#services = services;
    this.#ingest = ingest;
    this.#key = key;
    this.#stream = stream;
  }

  get status(): { state: StreamRecordingState; recordingId: string | null; message: string | null } {
    return { state: this.#state, recordingId: this.#recordingId, message: this.#failure?.message ?? null };
  }

  /** From the next key frame on. */
  start(): void {
    if (this.#state !== "off") return;
    this.#state = "waiting";
    this.#failure = null;
  }

  /** Takes the next message; never throws. */
  take(message: MediaMessage): void {
    if (this.#state === "off") return;
    if (this.#state === "failed") {
      if (performance.now() < this.#retryAtMs) return;
      this.#state = "waiting";
    }
    if (this.#isOpening) {
      this.#enqueue(message);
      return;
    }
    if (this.#file === null) {
      this.#awaitBeginning(message);
      return;
    }
    if (isConfig(message) && this.#isAnotherConfig(message)) {
      // It belongs to the next file, which begins at the next key frame.
      this.#mustRotate = true;
      return;
    }
    if (this.#isRotationDue(message)) {
      this.#open(message, this.#file);
      return;
    }
    this.#write(this.#file, message);
  }

  /**
   * Completes the file.
   *
   * @param why `left`: the encoder has gone, and may come back; `gone`: the same without having said so; `off`: it is
   *   not to be recorded any more; `restarting`: this process ends
   */
  async stop(why: "left" | "gone" | "off" | "restarting"): Promise<void> {
    // What came before the end belongs to it, also while its file is being opened.
    for (let done: Promise<void> | null = null; done !== this.#work; ) {
      done = this.#work;
      await done.catch(() => {});
    }
    this.#state = "off";
    this.#dropQueue();
    const file = this.#file;
    const recordingId = this.#recordingId;
    this.#file = null;
    this.#recordingId = null;
    this.#stream.release();
    if (file !== null) await this.#finish(file);
    if (recordingId === null) return;
    if (why === "off") {
      await forgetEncoder(this.#services, recordingId);
      await stopRecording(this.#services, recordingId);
      return;
    }
    const until = await awaitEncoder(this.#services, recordingId);
    // Who says goodbye is compiled at once; coming back in time still goes on with the same recording.
    if (why === "left") await stopRecording(this.#services, recordingId);
    else if (why === "gone") this.#stream.onAwaited(recordingId, until);
  }

  onDurable(): void {
    if (this.#file?.hasCaughtUp) this.#stream.release();
  }

  /** The recording was ended or deleted by somebody, or the disk failed. */
  onEnd(error: AppError): void {
    this.#file = null;
    this.#stream.release();
    if (error.code === "recording_ended" || error.kind === "not_found") {
      const recordingId = this.#recordingId;
      this.#recordingId = null;
      this.#state = "off";
      if (recordingId !== null) void forgetEncoder(this.#services, recordingId).catch(() => {});
      return;
    }
    if (error.code !== "restarting") this.#fail(error);
  }

  #awaitBeginning(message: MediaMessage): void {
    if (isConfig(message)) return;
    if (isKeyframe(message)) {
      this.#open(message, null);
      return;
    }
    // Pictures that refer to what came before the recording.
    if (message.type !== TAG.audio) return;
    this.#enqueue(message);
    const first = this.#queue[0];
    if (
      !hasPicture(this.#stream.configs()) &&
      first !== undefined &&
      message.timestampMs - first.timestampMs >= SOUND_ALONE_MS
    ) {
      const queued = this.#queue.splice(0);
      this.#queuedBytes = 0;
      this.#open(queued.shift() as MediaMessage, null);
      for (const each of queued) this.#enqueue(each);
      return;
    }
    // The sound right before the first picture belongs to it; what is older does not.
    while (this.#queue.length > 0 && message.timestampMs - (this.#queue[0]?.timestampMs ?? 0) > SOUND_ALONE_MS) {
      this.#queuedBytes -= this.#queue.shift()?.length ?? 0;
    }
  }

  #isRotationDue(message: MediaMessage): boolean {
    const file = this.#file as StreamFile;
    const { RTMP_ROTATE_BYTES, RTMP_ROTATE_SECONDS, MAX_TRACK_BYTES } = this.#services.config;
    const isLong = RTMP_ROTATE_SECONDS > 0 && message.timestampMs - file.fromMs >= RTMP_ROTATE_SECONDS * 1000;
    // Before the largest track there may be, with room for what comes up to the next key frame.
    const isLarge = file.sizeBytes >= Math.min(RTMP_ROTATE_BYTES, MAX_TRACK_BYTES * 0.9);
    if (!this.#mustRotate && !isLong && !isLarge) return false;
    return hasPicture(this.#stream.configs()) ? isKeyframe(message) : message.audio?.kind === "frames";
  }

  /** @param before the file that it follows; null: a beginning, or one after a gap */
  #open(first: MediaMessage, before: StreamFile | null): void {
    const queued = before === null ? this.#queue.splice(0) : [];
    const fromMs = Math.min(first.timestampMs, ...queued.map(({ timestampMs }) => timestampMs));
    this.#isOpening = true;
    this.#mustRotate = false;
    this.#queue = [...queued, first];
    this.#queuedBytes = this.#queue.reduce((sum, { length }) => sum + length, 0);
    this.#file = null;
    const recordingId = this.#recordingId;
    this.#work = this.#work.then(async () => {
      const configs = this.#stream.configs();
      try {
        const take =
          before !== null && recordingId !== null
            ? await nextStreamTake(this.#services, this.#key, recordingId, "rotated")
            : await this.#begin();
        this.#recordingId = take.recordingId;
        const file = await StreamFile.open(this.#ingest, this.#key, take, {
          fromMs,
          startedAtMs: this.#beganAtMs + fromMs,
          facts: () => this.#stream.facts(),
          listener: this,
        });
        this.#file = file;
        this.#isOpening = false;
        if (this.#state !== "off") this.#state = "recording";
        this.#failure = null;
        this.#retryMs = RETRY_MS.first;
        for (const config of configs) this.#write(file, { ...config, timestampMs: fromMs });
        const queued = this.#queue.splice(0);
        this.#queuedBytes = 0;
        // As if they came now: the next file may begin among them.
        for (const message of queued) this.take(message);
        if (this.#file?.isBehind === false) this.#stream.release();
      } catch (error) {
        this.#isOpening = false;
        if (this.#state !== "off") this.#fail(toAppError(error));
      }
      if (before !== null) await this.#finish(before);
    });
  }

  async #begin() {
    const take = this.#recordingId === null ? null : { recordingId: this.#recordingId };
    if (take !== null) {
      // After a failure: whatever was missing must be there again.
      await expectRoomToRecord(this.#services);
      const owner = await this.#services.database.user.findUniqueOrThrow({ where: { id: this.#key.userId } });
      await expectQuota(this.#services, owner);
      return nextStreamTake(this.#services, this.#key, take.recordingId, this.#cause);
    }
    return beginStreamTake(this.#services, this.#key, this.#cause);
  }

  #write(file: StreamFile, message: MediaMessage): void {
    try {
      file.write(message);
      if (file.isBehind) this.#stream.hold();
    } catch (error) {
      this.#file = null;
      // What was accepted is made durable; the file stays readable.
      this.#work = this.#work.then(() => this.#finish(file));
      this.#fail(toAppError(error));
    }
  }

  #fail(error: AppError): void {
    const { log } = this.#services;
    log.error(
      { recordingId: this.#recordingId, code: error.code, detail: error.detail, error: error.cause },
      "a stream is not recorded for now; the stream goes on",
    );
    this.#state = "failed";
    this.#failure = error;
    this.#cause = error.kind === "storage_full" ? "storage_full" : "unknown";
    this.#retryAtMs = performance.now() + this.#retryMs;
    this.#retryMs = Math.min(RETRY_MS.last, this.#retryMs * 2);
    this.#dropQueue();
    this.#stream.release();
    const recordingId = this.#recordingId;
    if (recordingId === null) return;
    this.#work = this.#work
      .then(() => awaitEncoder(this.#services, recordingId))
      .then((until) => this.#stream.onAwaited(recordingId, until))
      .catch((failed) => log.error({ recordingId, error: String(failed) }, "a failed recording was not noted"));
  }

  /** A recording that failed has ended meanwhile: what comes is another one. */
  forget(recordingId: string): void {
    if (this.#recordingId === recordingId && this.#file === null && !this.#isOpening) this.#recordingId = null;
  }

  async #finish(file: StreamFile): Promise<void> {
    await file.finish(this).catch((error) => {
      const { recordingId } = file;
      this.#services.log.error({ recordingId, error: String(error) }, "a stream's file was not completed");
    });
  }

  #enqueue(message: MediaMessage): void {
    if (this.#queuedBytes + message.length > MAX_QUEUE_BYTES) {
      this.#dropQueue();
      // From the next key frame on again, when the file is open.
      this.#mustRotate = true;
    }
    this.#queue.push(message);
    this.#queuedBytes += message.length;
    if (this.#isOpening && this.#queuedBytes > HOLD_QUEUE_BYTES) this.#stream.hold();
  }

  #dropQueue(): void {
    this.droppedFrames += this.#queue.filter(({ type }) => type === TAG.video).length;
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** A decoder's configuration that is not the one the file began with. */
  #isAnotherConfig(message: MediaMessage): boolean {
    const before = this.#stream.configs().find(({ type }) => type === message.type);
    return before !== undefined && !Buffer.concat(before.parts).equals(Buffer.concat(message.parts));
  }
}
