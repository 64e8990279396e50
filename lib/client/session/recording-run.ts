/** One recording, from the first chunk of its tracks until the server has the last. */
import { api } from "@/lib/client/api";
import { browserOf } from "@/lib/client/record/browser";
import { Stopwatch } from "@/lib/client/record/stopwatch";
import { ENCODER_DELAY_MS } from "@/lib/client/record/track-recorder";
import type { SocketUrls } from "@/lib/client/session/socket-urls";
import { TrackPipeline } from "@/lib/client/session/track-pipeline";
import { safeTimeMs } from "@/lib/client/upload/chunk-marks";
import type { UploadPhase } from "@/lib/client/upload/upload-state";
import { AppError } from "@/lib/domain/errors";
import type { TrackKind } from "@/lib/domain/recording-state";

export type Connection = "connecting" | "connected" | "waiting" | "failed";

export interface RunState {
  recordingId: string;
  /** Recorded time, without pauses. */
  elapsedMs: number;
  /** Recorded time of which the server has all tracks. */
  safeMs: number;
  recordedBytes: number;
  ackedBytes: number;
  connection: Connection;
  /** What the server complains of. */
  problem: { code: string; message: string } | null;
  /** This browser stores nothing: what the server does not have yet is in memory only. */
  isDegraded: boolean;
}

export interface RecordingRunOptions {
  recordingId: string;
  tracks: readonly MediaStreamTrack[];
  sockets: SocketUrls;
  /** A recorder ended by itself, or nothing more can be kept: stop. */
  onBreak: (reason: "recorder" | "full", failure: AppError | null) => void;
}

const FIRST_TAKE = 1;

export class RecordingRun {
  readonly recordingId: string;
  readonly #stopwatch = new Stopwatch();
  #pipelines: TrackPipeline[] = [];
  #isDegraded = false;
  #isEnding = false;
  #isUploaded = false;

  private constructor(recordingId: string) {
    this.recordingId = recordingId;
  }

  /** @throws {AppError} when the browser cannot record one of the tracks */
  static async prepare(options: RecordingRunOptions): Promise<RecordingRun> {
    const run = new RecordingRun(options.recordingId);
    const browser = browserOf(navigator.userAgent);
    run.#pipelines = await Promise.all(
      options.tracks.map((track) => {
        const kind: TrackKind = track.kind === "video" ? "video" : "audio";
        return TrackPipeline.prepare({
          identity: { recordingId: options.recordingId, take: FIRST_TAKE, kind },
          track,
          url: `${options.sockets[kind]}?session=${options.recordingId}&take=${FIRST_TAKE}`,
          browser,
          coveredMs: () => run.#stopwatch.elapsedMsBefore(ENCODER_DELAY_MS),
          diagnose: () => whyRefused(options.recordingId),
          onDegraded: () => {
            run.#isDegraded = true;
          },
          onFull: () => options.onBreak("full", null),
          onEnd: (failure) => {
            if (!run.#isEnding) options.onBreak("recorder", failure);
          },
        });
      }),
    );
    return run;
  }

  get state(): RunState {
    const uploads = this.#pipelines.map(({ upload }) => upload);
    const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
    const { elapsedMs } = this.#stopwatch;
    return {
      recordingId: this.recordingId,
      elapsedMs,
      safeMs: this.#isUploaded ? elapsedMs : safeTimeMs(this.#pipelines.map(({ safeMs }) => safeMs)),
      recordedBytes: sum(this.#pipelines.map(({ recordedBytes }) => recordedBytes)),
      ackedBytes: sum(uploads.map(({ ackedOffset }) => ackedOffset)),
      connection: worstOf(uploads.map(({ phase }) => phase)),
      problem: uploads.find(({ problem }) => problem !== null)?.problem ?? null,
      isDegraded: this.#isDegraded,
    };
  }

  /** Resolves once the server has everything, or the recording was discarded. */
  get uploaded(): Promise<void> {
    return Promise.all(this.#pipelines.map(({ uploaded }) => uploaded)).then(() => {
      this.#isUploaded = true;
    });
  }

  /** @throws {AppError} when the browser refuses; nothing is recording then */
  start(): void {
    // In one task: how far the two begin apart is then a matter of the browser alone.
    for (const pipeline of this.#pipelines) pipeline.start();
    this.#stopwatch.run();
  }

  pause(): void {
    this.#stopwatch.pause();
    for (const pipeline of this.#pipelines) pipeline.pause();
  }

  resume(): void {
    for (const pipeline of this.#pipelines) pipeline.resume();
    this.#stopwatch.run();
  }

  /** @returns resolves when the recorders have handed over everything */
  async stop(): Promise<void> {
    this.#isEnding = true;
    this.#stopwatch.pause();
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.stop()));
  }

  retry(): void {
    for (const pipeline of this.#pipelines) pipeline.retry();
  }

  /** Ends it and forgets everything that was recorded here; the server's part is deleted by the caller. */
  async discard(): Promise<void> {
    this.#isEnding = true;
    this.#stopwatch.pause();
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.discard()));
  }
}

const WORST_FIRST: readonly [Connection, readonly UploadPhase[]][] = [
  ["failed", ["failed"]],
  ["waiting", ["waiting"]],
  ["connecting", ["connecting", "idle"]],
];

function worstOf(phases: readonly UploadPhase[]): Connection {
  return WORST_FIRST.find(([, causes]) => phases.some((phase) => causes.includes(phase)))?.[0] ?? "connected";
}

/** Asks over HTTP what browsers do not tell of sockets that were refused. */
async function whyRefused(recordingId: string): Promise<AppError | null> {
  try {
    await api.get(`/recordings/${recordingId}`);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) return null;
    if (error.kind !== "unauthenticated") return error;
    return new AppError(
      "unauthenticated",
      "signed_out",
      "You have been signed out. Sign in again in another tab, then try again here: nothing that was recorded is lost.",
    );
  }
}
