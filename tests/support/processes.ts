/** Starts real programs for tests and ends them again, by their own process and no other. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/**
 * What is not so after this long hangs, also on a machine that is shared: everything in tests takes seconds on one that is
 * not. Speed is what `npm run bench:*` measures.
 */
export const HANGS_AFTER_MS = 120_000;
/** A program that does not end for so long is made to. */
const ENDS_WITHIN_MS = 30_000;

export interface RunningProgram {
  child: ChildProcess;
  /** Everything it wrote so far, both streams. */
  output(): string;
  /** Resolves with the output once it matches; rejects when the program ends first or the time is up. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Asks it to end, then makes it. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export function run(
  command: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; uid?: number; gid?: number } = {},
): RunningProgram {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let text = "";
  const listeners = new Set<() => void>();
  const take = (data: Buffer) => {
    text += data.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  let exited = false;
  const exit = new Promise<void>((resolve) => {
    const end = () => {
      exited = true;
      for (const listener of listeners) listener();
      resolve();
    };
    child.once("exit", end);
    child.once("error", (error) => {
      text += `\n${error.message}\n`;
      end();
    });
  });
  return {
    child,
    output: () => text,
    waitFor: (pattern, timeoutMs = HANGS_AFTER_MS) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          act();
        };
        const look = () => {
          if (pattern.test(text)) settle(() => resolve(text));
          else if (exited) settle(() => reject(new Error(`${command} ended before ${pattern}:\n${text}`)));
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`no ${pattern} in ${timeoutMs} ms:\n${text}`))),
          timeoutMs,
        );
        listeners.add(look);
        look();
      }),
    async stop(signal = "SIGTERM") {
      if (exited) return;
      child.kill(signal);
      const force = setTimeout(() => child.kill("SIGKILL"), ENDS_WITHIN_MS);
      await exit;
      clearTimeout(force);
    },
  };
}

/** What Node is told to run the worker from its sources. */
export const WORKER_SOURCES = ["--import", "tsx", "worker/index.ts"];

/**
 * Starts a worker of its own, which is ended when it does not become ready.
 *
 * @param args of Node: the sources or a bundle
 * @param environment beyond that of this process
 */
export async function startWorkerProcess(args: string[], environment: Record<string, string>): Promise<RunningProgram> {
  const program = run(process.execPath, args, { env: { ...process.env, ...environment, LOG_LEVEL: "info" } });
  try {
    await program.waitFor(/"worker ready"/);
  } catch (error) {
    await program.stop("SIGKILL");
    throw error;
  }
  return program;
}
