/** What FFmpeg writes with `-progress`: lines of `key=value`, a group every half second. */

/** Options for progress on standard output. */
export const PROGRESS_ARGS = ["-nostats", "-progress", "pipe:1", "-stats_period", "0.5"];

/** @returns how much media time is written, milliseconds; null when the line says nothing of it */
export function parseProgressLine(line: string): number | null {
  const match = /^out_time_us=(-?\d+)$/.exec(line.trim());
  return match === null ? null : Math.max(0, Number(match[1]) / 1000);
}
