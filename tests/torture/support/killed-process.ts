/** A process of ours that is started, killed without warning, and started again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export class KilledProcess {
  readonly #file: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #stderr = "";
  /** How long each start took until it said that it was ready, in milliseconds. */
  readonly startsMs: number[] = [];

  constructor(file: string, environment: NodeJS.ProcessEnv) {
    this.#file = file;
    this.#environment = environment;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Begins to start it; {@link ready} says when it has. @param extra settings of this life alone */
  spawn(extra: Record<string, string> = {}): void {
    const child = fork(this.#file, [], {
      env: { ...this.#environment, ...extra },
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#stderr = "";
    child.stderr?.on("data", (data) => {
      this.#stderr = (this.#stderr + data).slice(-4000);
    });
    this.#child = child;
  }

  /** @throws when it ended by itself instead */
  async ready(): Promise<void> {
    const child = this.#child as ChildProcess;
    const startedAtMs = performance.now();
    const outcome = await Promise.race([
      once(child, "message").then(() => "ready"),
      once(child, "exit").then(([code, signal]) => `ended with ${signal ?? code}`),
    ]);
    if (outcome !== "ready") throw new Error(`the process ${outcome} instead of getting ready:\n${this.#stderr}`);
    this.startsMs.push(performance.now() - startedAtMs);
  }

  async start(extra: Record<string, string> = {}): Promise<void> {
    this.spawn(extra);
    await this.ready();
  }

  /** Ends it; resolves once it is gone. @throws when it had ended by itself */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the process had ended by itself (${child.signalCode ?? child.exitCode}):\n${this.#stderr}`);
    }
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
}

/** The middle of some times, in whole milliseconds. */
export function medianMs(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}
