/** A step of the set-up that is left out while nothing it depends on has changed. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { SetUpError } from "./set-up-error.mjs";

/**
 * @typedef {object} Step
 * @property {string} title what is being done, for the user
 * @property {string[]} inputs files and folders whose contents decide, as paths from the working folder
 * @property {RegExp} [ignore] paths below `inputs` that do not count
 * @property {string[]} [facts] what else decides
 * @property {string} stamp file that is written after a success; it lies in what the step makes and goes with it
 * @property {string[]} outputs paths that must be there
 * @property {() => Promise<import("./run-command.mjs").CommandResult>} run
 * @property {string} advice what may help when it fails
 */

/**
 * Does the step unless its stamp says that it was done with the same inputs and what it made is still there.
 *
 * @param {Step} step
 * @throws {SetUpError} when it fails
 */
export async function ensure(step) {
  const digest = digestOf(step.inputs, step.facts ?? [], step.ignore);
  if (readStamp(step.stamp) === digest && step.outputs.every((output) => existsSync(output))) return;
  rmSync(step.stamp, { force: true });
  await told(step.title, async () => {
    const { ok, lastLines } = await step.run();
    if (!ok) throw new SetUpError(`${lastLines}\n\n${step.title}: this failed. ${step.advice}`);
  });
  writeFileSync(step.stamp, `${digest}\n`);
}

/**
 * Says what is being done, and how long it took.
 *
 * @param {string} title
 * @param {() => Promise<void>} work
 */
export async function told(title, work) {
  const startedAt = performance.now();
  console.log(`${title} …`);
  await work();
  console.log(`${title}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

/**
 * Waits for steps that run beside each other, all of them even when one fails: a package manager is not left half way.
 *
 * @param {...Promise<void>} steps
 * @throws what the first of them threw, in the order in which they are given
 */
export async function together(...steps) {
  for (const result of await Promise.allSettled(steps)) {
    if (result.status === "rejected") throw result.reason;
  }
}

/**
 * SHA-256 over the names and contents of files, hex. A file or folder that is not there counts as such.
 *
 * @param {string[]} inputs
 * @param {string[]} facts
 * @param {RegExp} [ignore]
 */
export function digestOf(inputs, facts, ignore) {
  const hash = createHash("sha256");
  for (const fact of facts) hash.update(`fact ${fact}\n`);
  for (const file of inputs.flatMap((input) => filesBelow(input, ignore))) {
    const content = readFileSync(file);
    hash.update(`file ${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/**
 * @param {string} input
 * @param {RegExp} [ignore]
 * @returns {string[]}
 */
function filesBelow(input, ignore) {
  if (ignore?.test(input) || !existsSync(input)) return [];
  if (!statSync(input).isDirectory()) return [input];
  return readdirSync(input)
    .sort()
    .flatMap((name) => filesBelow(path.join(input, name), ignore));
}

/** @param {string} file */
function readStamp(file) {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
}
