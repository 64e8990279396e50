/** One take while it is recorded and sent: its tracks from start to end without interruption. */

import { browserOf } from "@/lib/client/record/browser";
import type { SocketUrls } from "@/lib/client/session/socket-urls";
import { TakeAnnouncement } from "@/lib/client/session/take-announcement";
import { TrackPipeline } from "@/lib/client/session/track-pipeline";
import { whyRefused } from "@/lib/client/session/why-refused";
import { safeTimeMs } from "@/lib/client/upload/chunk-marks";
import { Deferred } from "@/lib/client/upload/deferred";
import type { AppError } from "@/lib/domain/errors";
import type { SourceGapCause } from "@/lib/domain/gap-causes";
import type { TrackKind } from "@/lib/domain/recording-state";

export interface TakeOptions {
  recordingId: string;
  ownerId: string;
  title: string;
  number: number;
  /** Why the take before it ended; null: it is the first. */
  cause: SourceGapCause | null;
  tracks: readonly MediaStreamTrack[];
  sockets: SocketUrls;
  /** Recorded time of the recording that has certainly been handed over by now. */
  coveredMs: () => number;
  /** Bytes can no longer be stored and stay in memory. */
  onDegraded: () => void;
  /** Memory is full, too. */
  onFull: () => void;
  /** A recorder has ended without being asked. */
  onBreak: (failure: AppError | null) => void;
}

export class Take {
  readonly #options: TakeOptions;
  readonly #kinds: TrackKind[];
  #pipelines: TrackPipeline[] = [];
  #announcement: TakeAnnouncement | null = null;
  #announced = new Deferred();
  #mayFinish = new Deferred();
  #isEnding = false;
  #isUploaded = false;
  /** Recorded time of the recording before this take, milliseconds. */
  readonly beforeMs: number;

  private constructor(options: TakeOptions, beforeMs: number) {
    this.#options = options;
    this.#kinds = options.tracks.map(kindOf);
    this.beforeMs = beforeMs;
  }

  /** Everything that takes time, so that {@link start} takes none. @throws {AppError} when the browser cannot record */
  static async prepare(options: TakeOptions, beforeMs: number): Promise<Take> {
    const take = new Take(options, beforeMs);
    const { recordingId, number, sockets, onDegraded, onFull, coveredMs } = options;
    const { ownerId, title, cause } = options;
    const browser = browserOf(navigator.userAgent);
    take.#pipelines = await Promise.all(
      options.tracks.map((track) => {
        const identity = { recordingId, take: number, kind: kindOf(track) };
        return TrackPipeline.prepare({
          facts: { ...identity, ownerId, title, browser, cause, takeTracks: take.#kinds },
          track,
          url: `${sockets[identity.kind]}?session=${recordingId}&take=${number}`,
          announced: take.#announced.promise,
          mayFinish: take.#mayFinish.promise,
          diagnose: () => whyRefused(recordingId),
          ...{ coveredMs, onDegraded, onFull },
          onEnd: (failure) => {
            if (!take.#isEnding) options.onBreak(failure);
          },
        });
      }),
    );
    return take;
  }

  get number(): number {
    return this.#options.number;
  }

  get pipelines(): readonly TrackPipeline[] {
    return this.#pipelines;
  }

  /** null: there is nothing to announce, the server knows the take. */
  get announcement(): TakeAnnouncement | null {
    return this.#announcement;
  }

  get isUploaded(): boolean {
    return this.#isUploaded;
  }

  /** Recorded time of the recording up to which the server has this take. */
  get safeMs(): number {
    return Math.max(this.beforeMs, safeTimeMs(this.#pipelines.map(({ safeMs }) => safeMs)));
  }

  /** @throws {AppError} when the browser refuses; nothing is recording then */
  start(): void {
    // In one task: how far the two begin apart is then a matter of the browser alone.
    for (const pipeline of this.#pipelines) pipeline.start();
  }

  /** Lets it be sent, as the server knows it. */
  setKnown(): void {
    this.#announced.resolve();
  }

  /** Tells the server of it, and lets it be sent then. */
  announce(cause: SourceGapCause): void {
    const { recordingId, number } = this.#options;
    this.#announcement = new TakeAnnouncement({ recordingId, number, cause, tracks: this.#kinds });
    void this.#announcement.done.then(() => this.#announced.resolve());
  }

  /** Resolves once the server knows the take. */
  get known(): Promise<void> {
    return this.#announced.promise;
  }

  pause(): void {
    for (const pipeline of this.#pipelines) pipeline.pause();
  }

  resume(): void {
    for (const pipeline of this.#pipelines) pipeline.resume();
  }

  /** @returns resolves when the recorders have handed over everything */
  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.stop()));
  }

  /**
   * The server may be told that the tracks are complete. Before the next take is known it would take the last one's end
   * for the recording's.
   */
  allowFinish(): void {
    this.#mayFinish.resolve();
  }

  /** No take follows. */
  markLast(): void {
    for (const pipeline of this.#pipelines) pipeline.markLast();
  }

  /** Resolves once the server has everything, or it was discarded. */
  get uploaded(): Promise<void> {
    return Promise.all(this.#pipelines.map(({ uploaded }) => uploaded)).then(() => {
      this.#isUploaded = true;
    });
  }

  retry(): void {
    this.#announcement?.retry();
    for (const pipeline of this.#pipelines) pipeline.retry();
  }

  /** Ends it and forgets everything that was recorded here. */
  async discard(): Promise<void> {
    this.#isEnding = true;
    this.#announcement?.abort();
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.discard()));
  }
}

function kindOf(track: MediaStreamTrack): TrackKind {
  return track.kind === "video" ? "video" : "audio";
}
