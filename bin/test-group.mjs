/** Runs one group of tests; counts, and names what failed, from the runner's own report. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { SetUpError } from "./setup/set-up-error.mjs";

/** @typedef {{ passed: number, failed: number, failures: string[] }} Outcome the failures: the name of each, and how its message begins */

/** Of a failure's message this much, without the runner's own calls, is repeated at the end, where a log that is cut short still has it. */
const MESSAGE_LINES = 8;

/**
 * Where each runner writes its report, and what it says.
 *
 * @type {Record<"vitest" | "playwright", { args: (file: string) => string[], env: (file: string) => Record<string, string>, read: (report: any) => Outcome }>}
 */
const RUNNERS = {
  vitest: {
    args: (file) => ["--", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
    env: () => ({}),
    read: (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      failures: report.testResults.flatMap(vitestFailures),
    }),
  },
  playwright: {
    args: () => ["--", "--reporter=list,json"],
    env: (file) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: file }),
    read: ({ stats, suites }) => ({
      passed: stats.expected,
      failed: stats.unexpected + stats.flaky,
      failures: suites.flatMap(playwrightFailures),
    }),
  },
};

/**
 * @param {{ prepare?: () => Promise<void>, npm: string, report?: "vitest" | "playwright" }} group
 * @param {string} file where the runner's report goes
 * @returns {Promise<Outcome>} a group that fails has at least one failure, also where its runner counts none
 */
export async function runTestGroup({ prepare, npm, report }, file) {
  try {
    await prepare?.();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    return { passed: 0, failed: 1, failures: [error.message] };
  }
  const runner = report === undefined ? null : RUNNERS[report];
  const ok = await runAloud(["run", "--silent", npm, ...(runner?.args(file) ?? [])], runner?.env(file) ?? {});
  const outcome =
    runner !== null && existsSync(file)
      ? runner.read(JSON.parse(readFileSync(file, "utf8")))
      : { passed: 0, failed: 0, failures: [] };
  return ok ? outcome : { ...outcome, failed: Math.max(1, outcome.failed) };
}

/** @param {any} file one of the report's test files, which can also fail as a whole */
function vitestFailures({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((/** @type {any} */ test) => test.status === "failed");
  if (failed.length === 0 && status === "failed") return [failure(name, "", message)];
  return failed.map((/** @type {any} */ test) => failure(name, test.fullName, test.failureMessages.join("\n")));
}

/**
 * @param {any} suite a file, or a describe in it
 * @returns {string[]}
 */
function playwrightFailures({ suites = [], specs }) {
  const failed = specs.filter((/** @type {any} */ spec) => !spec.ok);
  return [
    ...failed.map((/** @type {any} */ spec) => {
      const results = spec.tests.flatMap((/** @type {any} */ test) => test.results);
      return failure(
        spec.file,
        spec.title,
        results.find((/** @type {any} */ result) => result.error)?.error.message ?? "",
      );
    }),
    ...suites.flatMap(playwrightFailures),
  ];
}

/**
 * @param {string} file
 * @param {string} title
 * @param {string} message
 */
function failure(file, title, message) {
  const lines = stripVTControlCharacters(message)
    .split("\n")
    .filter((line) => !line.includes("/node_modules/"))
    .slice(0, MESSAGE_LINES);
  return [`${path.relative("", file)} › ${title}`, ...lines].join("\n    ");
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
