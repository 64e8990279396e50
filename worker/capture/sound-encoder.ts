/**
 * Makes AAC of a camera's samples, by one small FFmpeg for as long as a connection lasts (G.711: 0.0016 cores, 55 MB that are
 * mostly shared; measured with noise). The picture never waits for it: an encoder that fails is begun anew a little later, and what came in between has no sound.
 */
import { PassThrough } from "node:stream";
import { AdtsSplitter } from "@/lib/media/adts";
import { AAC_FRAME_SAMPLES } from "@/lib/media/mp4/live-layout";
import { type RawSound, soundEncoderArgs, ticksASample } from "@/lib/media/rtsp/raw-sound";
import { TICKS_PER_MS } from "@/lib/media/rtsp/session-clock";
import { runProgram } from "@/lib/server/ffmpeg/run";

export interface SoundHooks {
  /** @param pts ticks of 90 kHz at which the frame is heard, on the clock of what was given */
  onFrame(frame: Uint8Array, pts: number): void;
  /** It failed; it is begun anew. */
  onFailure(error: unknown): void;
}

/** Sound may be so far from its time before it is put right: nobody sees less beside the picture (EBU R 37: 40 ms early, 60 ms late). */
const TOLERANCE_TICKS = 40 * TICKS_PER_MS;
/** What is missing for longer is not filled: the encoder begins anew behind it. */
const MAX_SILENCE_TICKS = 10_000 * TICKS_PER_MS;
/** More that waits to be encoded is too much. */
const MAX_WAITING_SECONDS = 8;
/** Silence is put in as whole bytes, whatever the bits of a sample. */
const SILENCE_SAMPLES = 8;
const RETRY_MS = 5000;
/** From the end of the sound to the last frame of it. */
const END_MS = 10_000;
/** The encoder of FFmpeg puts one frame before the sound. */
const PRIMING_SAMPLES = AAC_FRAME_SAMPLES;
/** It does not allocate more as it goes on; a connection may last for weeks. */
const LIMITS = { timeoutMs: 20 * 86_400_000, cpuSeconds: 20 * 86_400, memoryBytes: 1024 ** 3, fileBytes: 0 };

interface Run {
  input: PassThrough;
  abort: AbortController;
  done: Promise<void>;
  /** When its first sample is heard. */
  beginsAt: number;
  /** Samples given, silence among them. */
  samples: number;
  frames: number;
}

export class SoundEncoder {
  readonly #ffmpegPath: string;
  readonly #sound: RawSound;
  readonly #ticksASample: number;
  readonly #maxWaitingBytes: number;
  readonly #hooks: SoundHooks;
  #run: Run | null = null;
  #retryAtMs = 0;

  constructor(ffmpegPath: string, sound: RawSound, hooks: SoundHooks) {
    this.#ffmpegPath = ffmpegPath;
    this.#sound = sound;
    this.#ticksASample = ticksASample(sound);
    this.#maxWaitingBytes = (MAX_WAITING_SECONDS * sound.sampleRate * sound.bits) / 8;
    this.#hooks = hooks;
  }

  /** What was given and did not come back yet, in frames. A frame or two always wait for what follows them. */
  get framesWaiting(): number {
    if (this.#run === null) return 0;
    const { samples, frames } = this.#run;
    return (samples + PRIMING_SAMPLES) / AAC_FRAME_SAMPLES - frames;
  }

  /** Takes samples; they are copied. @param pts ticks of 90 kHz of the first */
  push(bytes: Uint8Array, start: number, end: number, pts: number): void {
    const before = this.#run;
    const leadTicks = before === null ? 0 : pts - (before.beginsAt + before.samples * this.#ticksASample);
    // Sent again, or behind a clock that was put back.
    if (leadTicks < -MAX_SILENCE_TICKS || leadTicks > MAX_SILENCE_TICKS) this.#abandon();
    else if (leadTicks < -TOLERANCE_TICKS) return;
    this.#run ??= this.#begin(pts);
    const run = this.#run;
    if (run === null || run.input.readableLength > this.#maxWaitingBytes) return;
    const { bits, silence } = this.#sound;
    if (run === before && leadTicks > TOLERANCE_TICKS) {
      const missing = SILENCE_SAMPLES * Math.round(leadTicks / this.#ticksASample / SILENCE_SAMPLES);
      run.input.write(Buffer.alloc((missing * bits) / 8, silence));
      run.samples += missing;
    }
    // A sample that is cut would shift all that follow.
    const samples = Math.floor(((end - start) * 8) / bits);
    run.input.write(Buffer.from(bytes.subarray(start, bits < 8 ? end : start + (samples * bits) / 8)));
    run.samples += samples;
  }

  /** Resolves when what was given is encoded, or would take too long. */
  async close(): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    run.input.end();
    const timer = setTimeout(() => run.abort.abort(), END_MS);
    await run.done;
    clearTimeout(timer);
    this.#run = null;
  }

  #begin(pts: number): Run | null {
    if (performance.now() < this.#retryAtMs) return null;
    const input = new PassThrough();
    const abort = new AbortController();
    const run: Run = { input, abort, done: Promise.resolve(), beginsAt: pts, samples: 0, frames: 0 };
    const splitter = new AdtsSplitter((frame) => {
      const sample = run.frames * AAC_FRAME_SAMPLES - PRIMING_SAMPLES;
      run.frames += 1;
      // What is left of one that was abandoned belongs to another clock.
      if (this.#run === run) this.#hooks.onFrame(frame, Math.round(run.beginsAt + sample * this.#ticksASample));
    });
    run.done = runProgram(this.#ffmpegPath, soundEncoderArgs(this.#sound), {
      ...{ ...LIMITS, signal: abort.signal, input, isLive: true },
      onBytes: (bytes) => splitter.write(bytes),
    }).then(
      () => this.#forget(run),
      (error: unknown) => {
        this.#forget(run);
        if (!abort.signal.aborted) this.#hooks.onFailure(error);
      },
    );
    return run;
  }

  /** What it has not given yet is not waited for. */
  #abandon(): void {
    this.#run?.input.end();
    this.#run = null;
  }

  #forget(run: Run): void {
    if (this.#run !== run) return;
    this.#run = null;
    this.#retryAtMs = performance.now() + RETRY_MS;
  }
}
