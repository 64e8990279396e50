/** Runs FFmpeg over the plan and tells how far it is. */
import fs from "node:fs/promises";
import path from "node:path";
import { type CompilePlan, compileArgs } from "@/lib/media/compile-args";
import { parseProgressLine } from "@/lib/media/ffmpeg-progress";
import type { CompileContext } from "@/worker/compile/compile-context";

/** An output is at most so many times the size of its tracks, and so many bytes for each second. */
const MAX_GROWTH = 8;
const MAX_BYTES_PER_SECOND = 1024 ** 2;
const MIN_OUTPUT_LIMIT_BYTES = 64 * 1024 ** 2;

/** Bound of the compiled file. A still picture at the best quality, or silence, can grow a lot from very little. */
export function outputLimitBytes(rawBytes: number, durationMs: number): number {
  return Math.ceil(MIN_OUTPUT_LIMIT_BYTES + rawBytes * MAX_GROWTH + (durationMs / 1000) * MAX_BYTES_PER_SECOND);
}

/**
 * @param durationMs what the compiled file will last
 * @returns absolute path of the MP4 in the work folder
 * @throws {AppError} with the cause when FFmpeg fails
 */
export async function writeOutput(
  { ffmpeg, inputLimits, threads, signal, progress, workFolder }: CompileContext,
  plan: CompilePlan,
  { durationMs, rawBytes }: { durationMs: number; rawBytes: number },
): Promise<string> {
  const file = path.join(workFolder, "compiled.mp4");
  await fs.rm(file, { force: true });
  const maxOutputBytes = outputLimitBytes(rawBytes, durationMs);
  const { maxPixels, maxDurationSeconds } = inputLimits;
  await ffmpeg.ffmpeg(compileArgs(plan, { maxPixels, maxDurationSeconds, threads, maxOutputBytes }, file), {
    signal,
    fileBytes: maxOutputBytes,
    onLine: (line) => {
      const writtenMs = parseProgressLine(line);
      if (writtenMs !== null) progress.update(writtenMs / durationMs);
    },
  });
  return file;
}
