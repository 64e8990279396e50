/** When a process was started: with its number it names one process, for numbers are given again. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * @param {number} pid
 * @returns {string | null} in the system's own words, only to be compared; null when no such process runs, which one
 *   that has ended and was not yet waited for does not
 */
export function startOfProcess(pid) {
  const [state, startedAt] = process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  return state === undefined || startedAt === undefined || /^[ZX]/.test(state) ? null : startedAt;
}

/**
 * proc(5): field 3 is the state, field 22 the start in clock ticks since boot; field 2, the name in brackets, may hold
 * anything.
 *
 * @param {number} pid
 */
function fromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fromThird = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [fromThird[0], fromThird[22 - 3]];
  } catch {
    return [];
  }
}

/** @param {number} pid */
function fromPs(pid) {
  const { stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const [, state, startedAt] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? "") ?? [];
  return [state, startedAt];
}
