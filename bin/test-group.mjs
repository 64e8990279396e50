/** Runs one group of tests and counts from the runner's own report. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { SetUpError } from "./setup/set-up-error.mjs";

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * Where each runner writes its report, and what it says.
 *
 * @type {Record<"vitest" | "playwright", { args: (file: string) => string[], env: (file: string) => Record<string, string>, count: (report: any) => Count }>}
 */
const RUNNERS = {
  vitest: {
    args: (file) => ["--", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
    env: () => ({}),
    count: (report) => ({ passed: report.numPassedTests, failed: report.numFailedTests }),
  },
  playwright: {
    args: () => ["--", "--reporter=list,json"],
    env: (file) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: file }),
    count: ({ stats }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky }),
  },
};

/**
 * @param {{ prepare?: () => Promise<void>, npm: string, report?: "vitest" | "playwright" }} group
 * @param {string} file where the runner's report goes
 * @returns {Promise<Count>} a group that fails has at least one failure, also where its runner counts none
 */
export async function runTestGroup({ prepare, npm, report }, file) {
  try {
    await prepare?.();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
  const runner = report === undefined ? null : RUNNERS[report];
  const ok = await runAloud(["run", "--silent", npm, ...(runner?.args(file) ?? [])], runner?.env(file) ?? {});
  const count =
    runner !== null && existsSync(file)
      ? runner.count(JSON.parse(readFileSync(file, "utf8")))
      : { passed: 0, failed: 0 };
  return ok ? count : { passed: count.passed, failed: Math.max(1, count.failed) };
}

/**
 * @param {string[]} args for npm
 * @param {Record<string, string>} environment
 * @returns {Promise<boolean>} whether it ended with 0
 */
function runAloud(args, environment) {
  const child = spawn("npm", args, {
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...environment },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}
