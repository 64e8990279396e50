/** One recording, from the first chunk of its first take until the server has the last of its last. */
import { Stopwatch } from "@/lib/client/record/stopwatch";
import { ENCODER_DELAY_MS } from "@/lib/client/record/track-recorder";
import { InterruptionNotes } from "@/lib/client/session/interruption-notes";
import { recordingLocks } from "@/lib/client/session/recording-locks";
import type { SocketUrls } from "@/lib/client/session/socket-urls";
import { Take } from "@/lib/client/session/take";
import { SendRate } from "@/lib/client/upload/send-rate";
import type { UploadPhase } from "@/lib/client/upload/upload-state";
import type { AppError } from "@/lib/domain/errors";
import type { SourceGapCause } from "@/lib/domain/gap-causes";
import type { TrackKind } from "@/lib/domain/recording-state";

export type Connection = "connecting" | "connected" | "waiting" | "failed";

export interface RunState {
  recordingId: string;
  /** Recorded time, without pauses and interruptions. */
  elapsedMs: number;
  /** Recorded time of which the server has all tracks. */
  safeMs: number;
  recordedBytes: number;
  ackedBytes: number;
  /** How long what waits will take to be sent, once the server can be reached; null: not known. */
  sendMs: number | null;
  connection: Connection;
  /** What the server complains of. */
  problem: { code: string; message: string } | null;
  /** This browser stores nothing: what the server does not have yet is in memory only. */
  isDegraded: boolean;
}

export interface RecordingRunOptions {
  recordingId: string;
  ownerId: string;
  title: string;
  /** The take to begin with, which the server knows; `cause`: why the one before it ended. */
  take: { number: number; cause: SourceGapCause | null };
  tracks: readonly MediaStreamTrack[];
  sockets: SocketUrls;
  /** A recorder ended by itself. */
  onBreak: (failure: AppError | null) => void;
  /** Nothing more can be kept. */
  onFull: () => void;
}

export class RecordingRun {
  readonly #options: RecordingRunOptions;
  readonly #release: () => void;
  readonly #stopwatch = new Stopwatch();
  readonly #rate = new SendRate();
  readonly #takes: Take[] = [];
  readonly #notes: InterruptionNotes;
  #isDegraded = false;
  /** The last take has ended, and no other has begun. */
  #isInterrupted = false;
  #isEnding = false;
  #isUploaded = false;

  private constructor(options: RecordingRunOptions, release: () => void) {
    this.#options = options;
    this.#release = release;
    this.#notes = new InterruptionNotes(options.recordingId);
  }

  /** @throws {AppError} when the browser cannot record one of the tracks */
  static async prepare(options: RecordingRunOptions): Promise<RecordingRun> {
    // First of all: no other page may take what will be stored for left behind.
    const release = await recordingLocks().hold(options.recordingId);
    const run = new RecordingRun(options, release);
    try {
      const first = await run.#prepareTake(options.take.number, options.take.cause, options.tracks);
      first.setKnown();
      run.#takes.push(first);
      return run;
    } catch (error) {
      release();
      throw error;
    }
  }

  get recordingId(): string {
    return this.#options.recordingId;
  }

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Recorded time of the take that runs, milliseconds. */
  get takeMs(): number {
    return this.#stopwatch.elapsedMs - this.#last.beforeMs;
  }

  /** Bytes a millisecond that are recorded. */
  get recordedPerMs(): number {
    return this.#rate.recordedPerMs;
  }

  get state(): RunState {
    const pipelines = this.#takes.flatMap((take) => take.pipelines);
    const uploads = pipelines.map(({ upload }) => upload);
    const announcements = this.#takes.map(({ announcement }) => announcement).filter((it) => it !== null);
    const { elapsedMs } = this.#stopwatch;
    return {
      recordingId: this.recordingId,
      elapsedMs,
      safeMs: this.#isUploaded ? elapsedMs : (this.#takes.find(({ isUploaded }) => !isUploaded) ?? this.#last).safeMs,
      recordedBytes: sum(pipelines.map(({ recordedBytes }) => recordedBytes)),
      ackedBytes: sum(uploads.map(({ ackedOffset }) => ackedOffset)),
      sendMs: this.#rate.timeToSendMs(!this.#isEnding),
      connection: worstOf([
        ...uploads.map(({ phase }) => phase),
        ...announcements
          .filter(({ isDone, problem }) => !isDone && problem !== null)
          .map(({ isRefused }) => (isRefused ? "failed" : "waiting") as UploadPhase),
      ]),
      problem: [...uploads, ...announcements].find(({ problem }) => problem !== null)?.problem ?? null,
      isDegraded: this.#isDegraded,
    };
  }

  /** Measures how fast it is recorded and sent; call it often. */
  measure(): void {
    const { recordedBytes, ackedBytes, connection } = this.state;
    this.#rate.note({ nowMs: performance.now(), recordedBytes, ackedBytes, isConnected: connection === "connected" });
  }

  /** Resolves once the server has everything, or the recording was discarded. Ask when it is stopped. */
  get uploaded(): Promise<void> {
    return Promise.all(this.#takes.map(({ uploaded }) => uploaded)).then(() => {
      this.#isUploaded = true;
      this.#release();
    });
  }

  /** @throws {AppError} when the browser refuses; nothing is recording then */
  start(): void {
    this.#last.start();
    this.#stopwatch.run();
  }

  pause(): void {
    this.#stopwatch.pause();
    this.#last.pause();
  }

  resume(): void {
    this.#last.resume();
    this.#stopwatch.run();
  }

  /** Ends the take, and not the recording. @returns resolves when its recorders have handed over everything */
  async interrupt(): Promise<void> {
    if (this.#isInterrupted) return;
    this.#isInterrupted = true;
    this.#stopwatch.pause();
    await this.#last.end();
  }

  /**
   * Begins the next take, after {@link interrupt}.
   *
   * @param cause why the take before it ended
   * @throws {AppError} when the browser refuses; the recording stays interrupted then
   */
  async goOn(tracks: readonly MediaStreamTrack[], cause: SourceGapCause): Promise<void> {
    const before = this.#last;
    const next = await this.#prepareTake(before.number + 1, cause, tracks);
    try {
      if (this.#isEnding) return await next.discard();
      next.start();
    } catch (error) {
      await next.discard();
      throw error;
    }
    this.#takes.push(next);
    this.#isInterrupted = false;
    this.#stopwatch.run();
    next.announce(cause);
    void next.known.then(() => before.allowFinish());
    // From here on it counts as uploaded when it is, not only after stop.
    void before.uploaded;
  }

  /** @returns resolves when the recorders have handed over everything */
  async stop(): Promise<void> {
    this.#isEnding = true;
    this.#stopwatch.pause();
    this.#last.markLast();
    await this.#last.end();
    // The end of its last track is the recording's: it may be compiled then, with what is known by then.
    void this.#notes.settled.then(() => this.#last.allowFinish());
  }

  /** The take goes on, and one of its tracks lacks something from now until it ends: the server is told. */
  noteLack(kind: TrackKind, code: SourceGapCause): void {
    const { number, known } = this.#last;
    this.#notes.add({ take: number, kind, fromMs: Math.round(this.takeMs), toMs: null, code }, known);
  }

  retry(): void {
    this.#notes.retry();
    for (const take of this.#takes) take.retry();
  }

  /** Ends it and forgets everything that was recorded here; the server's part is deleted by the caller. */
  async discard(): Promise<void> {
    this.#isEnding = true;
    this.#stopwatch.pause();
    this.#notes.abort();
    await Promise.all(this.#takes.map((take) => take.discard()));
    this.#release();
  }

  get #last(): Take {
    return this.#takes.at(-1) as Take;
  }

  #prepareTake(number: number, cause: SourceGapCause | null, tracks: readonly MediaStreamTrack[]): Promise<Take> {
    const { recordingId, ownerId, title, sockets, onBreak, onFull } = this.#options;
    return Take.prepare(
      {
        ...{ recordingId, ownerId, title, number, cause, tracks, sockets },
        coveredMs: () => this.#stopwatch.elapsedMsBefore(ENCODER_DELAY_MS),
        onDegraded: () => {
          this.#isDegraded = true;
        },
        onFull,
        onBreak,
      },
      this.#stopwatch.elapsedMs,
    );
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const WORST_FIRST: readonly [Connection, readonly UploadPhase[]][] = [
  ["failed", ["failed"]],
  ["waiting", ["waiting"]],
  ["connecting", ["connecting", "idle"]],
];

function worstOf(phases: readonly UploadPhase[]): Connection {
  return WORST_FIRST.find(([, causes]) => phases.some((phase) => causes.includes(phase)))?.[0] ?? "connected";
}
