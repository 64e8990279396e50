/** One track from its recorder through the spool to the server. */
import { type RunningDigest, startDigest } from "@/lib/client/record/running-digest";
import { type RecordedChunk, TrackRecorder } from "@/lib/client/record/track-recorder";
import { openTrackStore } from "@/lib/client/spool/open-track-store";
import { TrackSpool } from "@/lib/client/spool/track-spool";
import type { TrackFacts, TrackIdentity } from "@/lib/client/spool/track-store";
import { ChunkMarks } from "@/lib/client/upload/chunk-marks";
import type { UploadState } from "@/lib/client/upload/upload-state";
import { Uploader } from "@/lib/client/upload/uploader";
import type { AppError } from "@/lib/domain/errors";

/** What is known of a track before it begins. */
type KnownFacts = Omit<TrackFacts, "version" | "mimeType" | "startedAtMs" | "ackedOffset" | "isComplete" | "isLast">;

export interface TrackPipelineOptions {
  facts: KnownFacts;
  track: MediaStreamTrack;
  /** Of the socket, with session and take. */
  url: string;
  /** Resolves once the server knows the take; nothing is sent before. */
  announced: Promise<void>;
  /** Resolves once the server may hear that the track is complete. */
  mayFinish: Promise<void>;
  /** Recorded time that has certainly been handed over by now, without pauses. */
  coveredMs: () => number;
  diagnose: () => Promise<AppError | null>;
  /** Bytes can no longer be stored and stay in memory. */
  onDegraded: () => void;
  /** Memory is full, too. */
  onFull: () => void;
  /** The recorder has ended, asked or not. */
  onEnd: (failure: AppError | null) => void;
}

export class TrackPipeline {
  readonly #options: TrackPipelineOptions;
  readonly #recorder: TrackRecorder;
  readonly #spool: TrackSpool;
  readonly #uploader: Uploader;
  readonly #marks = new ChunkMarks();
  readonly #digest: RunningDigest | null;
  #startedAtMs = 0;
  #hasBegun = false;
  #isAborted = false;
  #resolveUploaded: () => void = () => {};
  /** Resolves once the server has the whole track, or it was aborted. */
  readonly uploaded = new Promise<void>((resolve) => {
    this.#resolveUploaded = resolve;
  });

  private constructor(options: TrackPipelineOptions, spool: TrackSpool, digest: RunningDigest | null) {
    const { facts, url, diagnose, track } = options;
    this.#options = options;
    this.#spool = spool;
    this.#digest = digest;
    this.#uploader = new Uploader({ url, spool, marks: this.#marks, diagnose });
    this.#recorder = new TrackRecorder({
      track,
      onChunk: (chunk) => this.#take(chunk),
      onEnd: (failure) => this.#end(failure),
    });
    this.kind = facts.kind;
  }

  readonly kind: TrackIdentity["kind"];

  /**
   * Everything that takes time, so that {@link start} takes none.
   *
   * @throws {AppError} when the browser cannot record the track
   */
  static async prepare(options: TrackPipelineOptions): Promise<TrackPipeline> {
    const [opened, digest] = await Promise.all([
      openTrackStore({
        version: 1,
        ...options.facts,
        ...{ mimeType: "", startedAtMs: 0, ackedOffset: 0, isComplete: false, isLast: false },
      }),
      startDigest(),
    ]);
    const { onDegraded, onFull } = options;
    const store = "store" in opened ? opened.store : null;
    if (store === null) onDegraded();
    return new TrackPipeline(options, new TrackSpool(store, { onDegraded, onFull }), digest);
  }

  get upload(): UploadState {
    return this.#uploader.state;
  }

  get recordedBytes(): number {
    return this.#spool.endOffset;
  }

  /** Recorded time of which the server has every byte of this track. */
  get safeMs(): number {
    return this.#marks.safeMs;
  }

  /** @throws {AppError} when the browser refuses */
  start(): void {
    this.#startedAtMs = Date.now();
    this.#recorder.start();
  }

  pause(): void {
    this.#recorder.pause();
  }

  resume(): void {
    this.#recorder.resume();
  }

  /** @returns resolves when everything recorded is stored, or is known to stay in memory */
  async stop(): Promise<void> {
    await this.#recorder.stop();
    await this.#spool.settled();
  }

  /** The user has ended the recording: no take follows. */
  markLast(): void {
    this.#spool.markLast();
  }

  /** Tries the connection again now. */
  retry(): void {
    this.#uploader.retry();
  }

  /** Forgets everything that was recorded. */
  async discard(): Promise<void> {
    this.#isAborted = true;
    this.#uploader.abort();
    await this.#recorder.stop();
    await this.#spool.remove();
    this.#resolveUploaded();
  }

  #take({ bytes, perfMs }: RecordedChunk): void {
    if (this.#isAborted) return;
    if (bytes.length > 0) {
      this.#digest?.update(bytes);
      // Before its bytes: whatever is found of the track after a crash, it is known what it is.
      this.#begin();
      this.#spool.append(bytes, perfMs);
    }
    this.#marks.add({ endOffset: this.#spool.endOffset, perfMs, coveredMs: this.#options.coveredMs() });
    this.#uploader.notify();
  }

  /** With the first chunk the recorder knows what it records. */
  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { mimeType } = this.#recorder;
    this.#spool.begin({ mimeType, startedAtMs: this.#startedAtMs });
    const { facts, announced } = this.#options;
    const start = { type: "start", mimeType, startedAtMs: this.#startedAtMs, browser: facts.browser } as const;
    void announced.then(() => {
      if (!this.#isAborted) this.#uploader.start(start);
    });
  }

  #end(failure: AppError | null): void {
    this.#options.onEnd(failure);
    if (this.#isAborted) return;
    // Also when nothing was recorded: the recording waits for this track.
    this.#begin();
    this.#spool.complete();
    const sha256 = this.#digest?.digest() ?? null;
    void this.#options.mayFinish
      .then(() => this.#uploader.finish(sha256))
      // What is stored here is not needed any more; a slow disk may still be writing it, and nobody is to wait for that.
      .then(() => void (this.#isAborted || this.#spool.remove()))
      .then(this.#resolveUploaded);
  }
}
