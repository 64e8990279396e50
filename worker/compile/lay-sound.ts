/**
 * Makes one sound of the sounds of several takes: each is decoded to samples and put where it belongs, with silence
 * wherever there is none, and all of it is encoded once. Encoders begin with samples of their own, so pieces that were
 * encoded by themselves would come apart by 40 ms at each joint.
 */
import { PassThrough } from "node:stream";
import type { AudioPlan, CompileLimits } from "@/lib/media/compile-args";
import { decodeSoundArgs, encodeSoundArgs, SAMPLES } from "@/lib/media/join-args";
import type { CompileContext } from "@/worker/compile/compile-context";
import { runWriting, type Writing } from "@/worker/compile/write-output";

/** The sound of one take, where it lies in the recording's media time. */
export interface LaidSound {
  plan: AudioPlan;
  fromMs: number;
  /** Where the take ends; sound that goes on is cut off there. */
  toMs: number;
}

const PIPE_BYTES = 1024 ** 2;
const SILENCE = Buffer.alloc(256 * 1024);

/**
 * @param sounds in their order, not overlapping
 * @param writing `durationMs` is where the sound ends, with silence up to there
 * @returns absolute path of an MP4 with the sound
 * @throws {AppError} with the cause when FFmpeg fails; whatever `context.signal` was aborted with
 */
export async function laySound(
  context: CompileContext,
  sounds: readonly LaidSound[],
  bitrateBps: number,
  writing: Writing,
): Promise<string> {
  const pipe = new PassThrough({ highWaterMark: PIPE_BYTES });
  // The run that reads it throws the error; an emitter without a listener would end the process.
  pipe.on("error", () => {});
  // Ends the decoder when the encoder has failed.
  const over = new AbortController();
  const decoding = feed({ ...context, signal: AbortSignal.any([context.signal, over.signal]) }, sounds, writing, pipe);
  const fed = decoding.then(
    () => void pipe.end(),
    (error) => void pipe.destroy(error),
  );
  try {
    return await runWriting(context, writing, (limits, file) => encodeSoundArgs(bitrateBps, limits, file), pipe);
  } finally {
    pipe.destroy();
    over.abort(new Error("the encoder has ended"));
    await fed;
  }
}

async function feed(
  context: CompileContext,
  sounds: readonly LaidSound[],
  { durationMs }: Writing,
  pipe: PassThrough,
): Promise<void> {
  let positionBytes = 0;
  const write = async (bytes: Uint8Array) => {
    if (pipe.destroyed) throw new Error("nobody reads the sound any more");
    positionBytes += bytes.length;
    if (!pipe.write(bytes)) await roomIn(pipe);
  };
  const silenceUntil = async (endBytes: number) => {
    while (positionBytes < endBytes) await write(SILENCE.subarray(0, endBytes - positionBytes));
  };
  for (const { plan, fromMs, toMs } of sounds) {
    await silenceUntil(bytesAt(fromMs));
    const endBytes = bytesAt(toMs);
    await context.ffmpeg.ffmpeg(decodeSoundArgs(plan, limitsOf(context)), {
      signal: context.signal,
      onBytes: (bytes) => write(bytes.subarray(0, Math.max(0, endBytes - positionBytes))),
    });
    // A decoder that ended in the middle of a sample would swap the channels of all that follows.
    await silenceUntil(Math.ceil(positionBytes / SAMPLES.bytesPerFrame) * SAMPLES.bytesPerFrame);
  }
  await silenceUntil(bytesAt(durationMs));
}

/** Resolves when more can be written, or nobody reads any more. */
function roomIn(pipe: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      pipe.off("drain", done).off("close", done);
      resolve();
    };
    pipe.on("drain", done).on("close", done);
  });
}

function bytesAt(ms: number): number {
  return Math.round((ms / 1000) * SAMPLES.rate) * SAMPLES.bytesPerFrame;
}

/** Decoding writes no file. */
function limitsOf({ inputLimits, threads }: CompileContext): CompileLimits {
  return { ...inputLimits, threads, maxOutputBytes: 0 };
}
