/**
 * Runs FFmpeg or ffprobe: in a process group of its own, without standard input unless it is given one, held to limits,
 * its last lines kept, asked to stop and then made to.
 */
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { AppError } from "@/lib/domain/errors";
import { explainFailure } from "@/lib/media/ffmpeg-failure";
import type { InputLimits } from "@/lib/media/ffmpeg-input";
import type { Config } from "@/lib/server/config/load";
import { findLaunchers, launchArgs, type ProcessLimits } from "@/lib/server/ffmpeg/launchers";
import { LineSplitter } from "@/lib/server/ffmpeg/lines";

export interface RunOptions extends ProcessLimits {
  timeoutMs: number;
  /** Ends the program; {@link runProgram} then throws the signal's reason. */
  signal: AbortSignal;
  /** Called with each line of standard output. */
  onLine?: (line: string) => void;
  /** Takes standard output as bytes, instead of its lines; the program waits when this does. */
  onBytes?: (bytes: Buffer) => Promise<void> | void;
  /** What the program reads as its standard input. When it fails, the program is ended and its error thrown. */
  input?: Readable;
  /** What comes must be kept up with: it does not yield to everything else. */
  isLive?: boolean;
}

export interface RunResult {
  /** Last lines of standard error; also a run that succeeds may have complained. */
  stderr: string[];
}

const KEPT_STDERR_LINES = 50;
/** From the request to stop to the kill. */
const KILL_AFTER_MS = 5000;
/** Variables that a program needs to start at all; nothing else of ours is its business. */
const PASSED_VARIABLES = ["PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"];

/**
 * @param program path or name of FFmpeg or ffprobe
 * @throws {AppError} with the cause when it fails; whatever `signal` was aborted with when it was
 */
export async function runProgram(program: string, args: string[], options: RunOptions): Promise<RunResult> {
  const { signal, timeoutMs, input, onBytes } = options;
  signal.throwIfAborted();
  const found = await findLaunchers();
  const launchers = options.isLive === true ? { ...found, nice: false, ionice: false } : found;
  const [file, ...words] = [...launchArgs(launchers, options), program, ...args];
  const env = Object.fromEntries(PASSED_VARIABLES.flatMap((name) => [[name, process.env[name]]]));
  const child = execa(file as string, words, {
    stdin: input === undefined ? "ignore" : "pipe",
    buffer: false,
    reject: false,
    detached: true,
    extendEnv: false,
    // glibc reserves 64 MiB of address space for each thread unless it is told to share.
    env: { ...env, LC_ALL: "C", MALLOC_ARENA_MAX: "2" },
  });

  const stderr: string[] = [];
  const stderrLines = new LineSplitter((line) => {
    stderr.push(line);
    if (stderr.length > KEPT_STDERR_LINES) stderr.shift();
  });
  const stdoutLines = new LineSplitter(options.onLine ?? (() => {}));
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderrLines.write(text));

  let isTimedOut = false;
  let fault: { error: unknown } | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const end = () => {
    killGroup(child.pid, "SIGTERM");
    killTimer ??= setTimeout(() => killGroup(child.pid, "SIGKILL"), KILL_AFTER_MS);
  };
  const timer = setTimeout(() => {
    isTimedOut = true;
    end();
  }, timeoutMs);
  signal.addEventListener("abort", end, { once: true });
  const failWith = (error: unknown) => {
    fault ??= { error };
    end();
  };
  const streams: Promise<void>[] = [];
  if (onBytes === undefined) child.stdout.setEncoding("utf8").on("data", (text: string) => stdoutLines.write(text));
  else streams.push(takeBytes(child.stdout, onBytes).catch(failWith));
  if (input !== undefined && child.stdin !== null) {
    // A program that ends before it has read everything says why itself.
    streams.push(
      pipeline(input, child.stdin).catch((error) => (input.errored === error ? failWith(error) : undefined)),
    );
  }
  try {
    // Also an abort while the launchers were looked for.
    if (signal.aborted) end();
    const result = await child;
    await Promise.all(streams);
    stderrLines.end();
    stdoutLines.end();
    signal.throwIfAborted();
    if (fault !== null) throw (fault as { error: unknown }).error;
    // The launchers answer for a program that is not there as shells do.
    if (result.code === "ENOENT" || result.code === "EACCES" || result.exitCode === 126 || result.exitCode === 127) {
      throw notRunnable(program, stderr.at(-1) ?? String(result.code));
    }
    if (result.failed || isTimedOut) {
      throw explainFailure({
        exitCode: result.exitCode ?? null,
        signal: result.signal ?? null,
        isTimedOut,
        stderr,
      });
    }
    return { stderr };
  } finally {
    clearTimeout(timer);
    clearTimeout(killTimer);
    signal.removeEventListener("abort", end);
  }
}

async function takeBytes(stdout: Readable, onBytes: (bytes: Buffer) => Promise<void> | void): Promise<void> {
  for await (const bytes of stdout) await onBytes(bytes as Buffer);
}

/** Detached children lead a group of their own, so that what they start ends with them. */
function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

function notRunnable(program: string, why: string): AppError {
  return new AppError("unavailable", "ffmpeg_missing", "The server cannot run its video program.", {
    detail: `${program}: ${why}`,
  });
}

/** The programs, with the limits that the settings give every run. */
export interface Ffmpeg {
  ffmpeg(args: string[], options: FfmpegRunOptions): Promise<RunResult>;
  ffprobe(args: string[], options: FfmpegRunOptions): Promise<RunResult>;
}

export interface FfmpegRunOptions extends Pick<RunOptions, "signal" | "onLine" | "onBytes" | "input"> {
  /** Bound of a file that is written; ffprobe writes none. */
  fileBytes?: number;
  /** Shorter than the settings' limit. */
  timeoutMs?: number;
}

/** How much of a file is read, as the settings have it. */
export function inputLimitsOf(config: Pick<Config, "COMPILE_MAX_PIXELS" | "COMPILE_MAX_DURATION_HOURS">): InputLimits {
  return {
    maxPixels: config.COMPILE_MAX_PIXELS,
    maxDurationSeconds: config.COMPILE_MAX_DURATION_HOURS * 3600,
  };
}

export function ffmpegOf(
  config: Pick<Config, "FFMPEG_PATH" | "FFPROBE_PATH" | "COMPILE_TIMEOUT_MINUTES" | "COMPILE_MEMORY_BYTES">,
  threads: number,
): Ffmpeg {
  const longestMs = config.COMPILE_TIMEOUT_MINUTES * 60_000;
  const run =
    (program: string) =>
    (args: string[], { fileBytes = 0, timeoutMs = longestMs, ...options }: FfmpegRunOptions) =>
      runProgram(program, args, {
        ...options,
        timeoutMs: Math.min(timeoutMs, longestMs),
        memoryBytes: config.COMPILE_MEMORY_BYTES,
        // All threads busy for the whole time; the clock is what ends a run that hangs.
        cpuSeconds: Math.ceil((Math.min(timeoutMs, longestMs) / 1000) * threads),
        fileBytes,
      });
  return { ffmpeg: run(config.FFMPEG_PATH), ffprobe: run(config.FFPROBE_PATH) };
}
