/** What processes have cost, from the kernel. */
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts time on the processor in hundredths of a second (getconf CLK_TCK). */
const TICKS_A_SECOND = 100;

/** Seconds on the processor of a process and of all below it, those among them that have ended and were waited for. */
export function cpuSeconds(pid: number): number {
  const stats = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      // proc(5): utime, stime, cutime and cstime are fields 14 to 17; the first of these is field 3.
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      stats.set(Number(name), { parent: Number(fields[1]), ticks });
    } catch {
      // It has ended.
    }
  }
  const isBelow = (each: number): boolean =>
    each === pid || (stats.has(each) && each > 1 && isBelow(stats.get(each)?.parent ?? 0));
  return [...stats].filter(([each]) => isBelow(each)).reduce((sum, [, { ticks }]) => sum + ticks, 0) / TICKS_A_SECOND;
}
