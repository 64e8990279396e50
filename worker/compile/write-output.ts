/** Runs FFmpeg over the plan and tells how far it is. */
import fs from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { type CompileLimits, type CompilePlan, compileArgs } from "@/lib/media/compile-args";
import { parseProgressLine } from "@/lib/media/ffmpeg-progress";
import { ffmpegOf } from "@/lib/server/ffmpeg/run";
import type { CompileContext } from "@/worker/compile/compile-context";
import { DRIVER_MEMORY_BYTES } from "@/worker/encoders";

/** An output is at most so many times the size of its tracks, and so many bytes for each second. */
const MAX_GROWTH = 8;
const MAX_BYTES_PER_SECOND = 1024 ** 2;
const MIN_OUTPUT_LIMIT_BYTES = 64 * 1024 ** 2;

/** Bound of the compiled file. A still picture at the best quality, or silence, can grow a lot from very little. */
export function outputLimitBytes(rawBytes: number, durationMs: number): number {
  return Math.ceil(MIN_OUTPUT_LIMIT_BYTES + rawBytes * MAX_GROWTH + (durationMs / 1000) * MAX_BYTES_PER_SECOND);
}

export interface Writing {
  /** What the file will last. */
  durationMs: number;
  rawBytes: number;
  /** In the work folder. */
  filename: string;
  /** Told how far it is, from 0 to 1. */
  onShare: (share: number) => void;
}

/**
 * @returns absolute path of the MP4 in the work folder
 * @throws {AppError} with the cause when FFmpeg fails
 */
export function writeOutput(context: CompileContext, plan: CompilePlan, writing: Writing): Promise<string> {
  return runWriting(withDriver(context, plan), writing, (limits, file) => compileArgs(plan, limits, file));
}

/** The same context with address space for the driver of graphics hardware, where the plan uses it. */
function withDriver(context: CompileContext, { video }: CompilePlan): CompileContext {
  if ((video?.encode?.encoder?.hardware ?? null) === null) return context;
  const { config, threads } = context;
  return { ...context, ffmpeg: ffmpegOf({ ...config, COMPILE_MEMORY_BYTES: DRIVER_MEMORY_BYTES }, threads) };
}

/**
 * Runs FFmpeg with arguments that write one file.
 *
 * @param input read by FFmpeg as its standard input
 * @returns absolute path of the file in the work folder
 * @throws {AppError} with the cause when FFmpeg fails
 */
export async function runWriting(
  {
    ffmpeg,
    inputLimits,
    threads,
    signal,
    workFolder,
  }: Pick<CompileContext, "ffmpeg" | "inputLimits" | "threads" | "signal" | "workFolder">,
  { durationMs, rawBytes, filename, onShare }: Writing,
  args: (limits: CompileLimits, file: string) => string[],
  input?: Readable,
): Promise<string> {
  const file = path.join(workFolder, filename);
  await fs.rm(file, { force: true });
  const maxOutputBytes = outputLimitBytes(rawBytes, durationMs);
  await ffmpeg.ffmpeg(args({ ...inputLimits, threads, maxOutputBytes }, file), {
    signal,
    fileBytes: maxOutputBytes,
    onLine: (line) => {
      const writtenMs = parseProgressLine(line);
      if (writtenMs !== null) onShare(writtenMs / durationMs);
    },
    ...(input === undefined ? {} : { input }),
  });
  return file;
}
