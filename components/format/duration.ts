/** Lengths of time as people read them. */

/**
 * Like a counter: `0:07`, `12:05`, `1:02:33`.
 *
 * @param durationMs milliseconds; rounded down to whole seconds
 */
export function formatClock(durationMs: number): string {
  const { hours, minutes, seconds } = split(durationMs);
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, "0")}:${String(seconds).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/**
 * For reading aloud and for text: `7 seconds`, `12 minutes 5 seconds`, `1 hour 2 minutes`.
 *
 * @param durationMs milliseconds; from an hour on without seconds
 */
export function formatDuration(durationMs: number): string {
  const { hours, minutes, seconds } = split(durationMs);
  const parts = [
    hours > 0 && count(hours, "hour"),
    minutes > 0 && count(minutes, "minute"),
    hours === 0 && (seconds > 0 || minutes === 0) && count(seconds, "second"),
  ];
  return parts.filter(Boolean).join(" ");
}

/** An estimate, roughly: `a few seconds`, `about 40 seconds`, `about 3 minutes`. @param etaMs milliseconds */
export function formatEstimate(etaMs: number): string {
  const seconds = Math.round(etaMs / 1000);
  if (seconds < 8) return "a few seconds";
  if (seconds < 55) return `about ${Math.round(seconds / 5) * 5} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `about ${count(minutes, "minute")}` : `about ${count(Math.round(minutes / 60), "hour")}`;
}

/** A period of retention: `6 hours`, `1 day`, `30 days`, `1 year`. @param hours whole hours, at least 1 */
export function formatPeriod(hours: number): string {
  if (hours % 8760 === 0) return count(hours / 8760, "year");
  return hours % 24 === 0 ? count(hours / 24, "day") : count(hours, "hour");
}

/** `1 recording`, `2 recordings`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function split(durationMs: number) {
  const total = Math.max(0, Math.floor(durationMs / 1000));
  return { hours: Math.floor(total / 3600), minutes: Math.floor(total / 60) % 60, seconds: total % 60 };
}
