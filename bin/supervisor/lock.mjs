/** Keeps two supervisors from working on the same data folder. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { SetUpError } from "../setup/set-up-error.mjs";
import { startOfProcess } from "./start-of-process.mjs";

/**
 * Takes the lock until this process ends. One that a killed process left behind is taken over.
 *
 * @param {string} file
 * @throws {SetUpError} when another process holds it
 */
export function takeLock(file) {
  const own = JSON.stringify({ pid: process.pid, startedAt: startOfProcess(process.pid) });
  const holder = readHolder(file);
  if (holder !== null) {
    const startedAt = startOfProcess(holder.pid);
    if (startedAt !== null && startedAt === holder.startedAt) {
      throw new SetUpError(`Tapedeck is running here already, as process ${holder.pid}.`);
    }
    rmSync(file, { force: true });
  }
  try {
    writeFileSync(file, own, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    throw new SetUpError("Tapedeck is being started here by another process.");
  }
  process.once("exit", () => rmSync(file, { force: true }));
}

/**
 * @param {string} file
 * @returns {{ pid: number, startedAt: string } | null}
 */
function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
