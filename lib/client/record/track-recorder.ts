/** One MediaRecorder for one track: settings, chunks in order as bytes, and an end that comes whatever happens. */
import { AUDIO_BITS_PER_SECOND, videoBitsPerSecond } from "@/lib/client/record/bit-rates";
import { chooseMimeType } from "@/lib/client/record/mime-types";
import { AppError } from "@/lib/domain/errors";

/** A tab that crashes loses what was not handed over yet. */
const TIMESLICE_MS = 250;
/** A hole in the bytes costs at most this much picture, and seeking is as fine. */
const KEY_FRAME_INTERVAL_MS = 1000;

/**
 * A chunk lags behind what is being recorded: the encoder keeps the last packet back (60 ms for Opus) and frames that it
 * is at work on (up to about 200 ms on a busy machine).
 */
export const ENCODER_DELAY_MS = 250;

export interface RecordedChunk {
  /** May be empty: then there was nothing more to hand over. */
  bytes: Uint8Array<ArrayBuffer>;
  /** `performance.now()` when the browser handed the chunk over. */
  perfMs: number;
}

export interface TrackRecorderOptions {
  track: MediaStreamTrack;
  /** Called in order. The first chunk may be one byte. */
  onChunk: (chunk: RecordedChunk) => void;
  /** Called once, after the last chunk, also when nobody asked the recorder to stop. */
  onEnd: (failure: AppError | null) => void;
}

export class TrackRecorder {
  readonly #recorder: MediaRecorder;
  #hasStarted = false;
  #failure: AppError | null = null;
  /** Blobs become bytes one after another. */
  #reading: Promise<void> = Promise.resolve();
  readonly #ended: Promise<void>;

  /** @throws {AppError} unprocessable when this browser cannot record such a track */
  constructor({ track, onChunk, onEnd }: TrackRecorderOptions) {
    this.#recorder = createRecorder(track);
    this.#recorder.ondataavailable = ({ data }) => {
      const perfMs = performance.now();
      const bytes = data.arrayBuffer();
      this.#reading = this.#reading.then(async () => onChunk({ bytes: new Uint8Array(await bytes), perfMs }));
    };
    this.#recorder.onerror = (event) => {
      this.#failure = recorderFailed((event as Event & { error?: unknown }).error);
    };
    this.#ended = new Promise((resolve) => {
      this.#recorder.onstop = () => {
        this.#reading = this.#reading
          .catch((error) => {
            this.#failure ??= recorderFailed(error);
          })
          .then(() => onEnd(this.#failure))
          .then(resolve);
      };
    });
  }

  /** What is recorded; the truth once the first chunk is there. */
  get mimeType(): string {
    return this.#recorder.mimeType;
  }

  /** @throws {AppError} when the browser refuses */
  start(): void {
    try {
      this.#recorder.start(TIMESLICE_MS);
      this.#hasStarted = true;
    } catch (error) {
      throw recorderFailed(error);
    }
  }

  pause(): void {
    if (this.#recorder.state !== "recording") return;
    this.#recorder.pause();
    // What was recorded up to now is handed over now, not after the pause, and then what the encoder still had.
    this.#recorder.requestData();
    setTimeout(() => {
      if (this.#recorder.state === "paused") this.#recorder.requestData();
    }, ENCODER_DELAY_MS);
  }

  resume(): void {
    if (this.#recorder.state === "paused") this.#recorder.resume();
  }

  /** @returns resolves after the last chunk was handed over */
  async stop(): Promise<void> {
    if (!this.#hasStarted) return;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    await this.#ended;
  }
}

function createRecorder(track: MediaStreamTrack): MediaRecorder {
  const kind = track.kind === "video" ? "video" : "audio";
  const mimeType = chooseMimeType(kind);
  if (mimeType === null) {
    throw new AppError("unprocessable", "cannot_record", `This browser cannot record ${kind}.`);
  }
  const { width, height, frameRate } = track.getSettings();
  // `videoKeyFrameIntervalDuration` is in the specification and not yet in TypeScript's types.
  const options: MediaRecorderOptions & { videoKeyFrameIntervalDuration?: number } =
    kind === "video"
      ? {
          mimeType,
          videoBitsPerSecond: videoBitsPerSecond(mimeType, {
            widthPx: width,
            heightPx: height,
            framesPerSecond: frameRate,
          }),
          videoKeyFrameIntervalDuration: KEY_FRAME_INTERVAL_MS,
        }
      : { mimeType, audioBitsPerSecond: AUDIO_BITS_PER_SECOND };
  try {
    return new MediaRecorder(new MediaStream([track]), options);
  } catch (error) {
    throw recorderFailed(error);
  }
}

function recorderFailed(cause: unknown): AppError {
  return new AppError("source_failed", "recorder_failed", "The browser stopped recording by itself.", {
    cause,
    detail: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
  });
}
