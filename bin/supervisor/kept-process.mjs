/** A child process that is kept running: when it dies it is started again, after a pause that grows. */
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { logLine } from "./supervisor-log.mjs";

/** Exit code for settings that do not work (sysexits.h, EX_CONFIG): starting again will not help. */
export const EXIT_CONFIG = 78;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
/** After running this long the next pause is the first again. */
const STEADY_MS = 60_000;

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

export class KeptProcess {
  /** Whether it was ready once: then the settings worked, and an end with EXIT_CONFIG is tried again as any other. */
  wasReady = false;
  /** @type {ChildProcess | null} */
  #child = null;
  #stopping = new AbortController();
  /** @type {Promise<"stopped" | "unfit">} */
  #run;

  /**
   * Starts it at once.
   *
   * @param {string} name
   * @param {() => ChildProcess} launch the child leads a process group
   */
  constructor(name, launch) {
    this.name = name;
    this.#run = this.#keep(launch);
  }

  /** Process id; undefined while there is none. */
  get pid() {
    return this.#child?.pid;
  }

  /** Resolves when it is over for good: it was stopped, or its settings do not work. */
  get over() {
    return this.#run;
  }

  /**
   * Asks the process to end, and makes it when it has not by the deadline.
   *
   * @param {number} deadlineMs
   */
  async stop(deadlineMs) {
    this.#stopping.abort();
    this.#child?.kill("SIGTERM");
    const deadline = setTimeout(() => {
      logLine("error", "did not stop in time and is killed", { name: this.name });
      this.kill();
    }, deadlineMs);
    await this.#run;
    clearTimeout(deadline);
  }

  /** Ends it at once, with what is in its process group. */
  kill() {
    this.#stopping.abort();
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It ended at this very moment.
    }
  }

  /** @param {() => ChildProcess} launch */
  async #keep(launch) {
    const isStopping = this.#stopping.signal;
    let pauseMs = FIRST_PAUSE_MS;
    while (!isStopping.aborted) {
      const startedAt = performance.now();
      this.#child = launch();
      const end = await ended(this.#child);
      this.#child = null;
      if (isStopping.aborted) break;
      if (end.code === EXIT_CONFIG && !this.wasReady) return "unfit";
      if (performance.now() - startedAt > STEADY_MS) pauseMs = FIRST_PAUSE_MS;
      logLine("warn", "ended; it is started again", { name: this.name, ...end, pauseMs });
      await pause(pauseMs, undefined, { signal: isStopping }).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
    return "stopped";
  }
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, error?: string }>}
 */
function ended(child) {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error: error.message });
    });
  });
}
