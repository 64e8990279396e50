/** Runs a program to its end, quietly: its output is only wanted when it fails. */
import { spawn } from "node:child_process";

/** What is kept of the output. */
const LAST_LINES = 30;

/** What runs at this moment: commands may run beside each other. */
const running = /** @type {Set<import("node:child_process").ChildProcess>} */ (new Set());

// Whoever ends the set-up ends what it is doing.
const end = (/** @type {NodeJS.Signals} */ signal) => {
  for (const child of running) child.kill(signal);
  process.exit(1);
};

/**
 * @typedef {object} CommandResult
 * @property {boolean} ok whether it ended with 0
 * @property {string} lastLines the end of what it wrote, both streams
 */

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [environment] on top of this process's own
 * @returns {Promise<CommandResult>}
 */
export async function runCommand(command, args, environment = {}) {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  /** @type {string[]} */
  let lines = [""];
  const take = (/** @type {string} */ text) => {
    const [first = "", ...rest] = text.split("\n");
    lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...rest].slice(-LAST_LINES);
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  if (running.size === 0) process.on("SIGINT", end).on("SIGTERM", end);
  running.add(child);
  const ok = await new Promise((resolve) => {
    child.once("error", (error) => {
      take(error.message);
      resolve(false);
    });
    child.once("close", (code) => resolve(code === 0));
  });
  running.delete(child);
  if (running.size === 0) process.off("SIGINT", end).off("SIGTERM", end);
  return { ok, lastLines: lines.join("\n").trim() };
}
