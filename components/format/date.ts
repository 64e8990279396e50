/** Instants as people read them, in the reader's time zone (the server, which does not know it, says UTC). */

const LOCALE = "en-GB";
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** `21 Nov 2026`. */
export function formatDate(date: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", ...zone(timeZone) }).format(date);
}

/** `Saturday, 21 November 2026 at 14:05:09 CET`. */
export function formatExactly(date: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(LOCALE, {
    dateStyle: "full",
    timeStyle: "long",
    ...zone(timeZone),
  }).format(date);
}

/** `21 Nov 2026, 14:05`. */
export function formatDateTime(date: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short", ...zone(timeZone) }).format(date);
}

/**
 * As seen from now: `just now`, `5 minutes ago`, `yesterday`, `in 3 days`; from two weeks on the date.
 *
 * @param nowMs milliseconds since the epoch
 */
export function formatRelative(date: Date, nowMs: number): string {
  const distanceMs = date.getTime() - nowMs;
  const size = Math.abs(distanceMs);
  const words = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
  if (size < 45_000) return distanceMs > 0 ? "in a moment" : "just now";
  if (size < 55 * MINUTE_MS) return words.format(Math.round(distanceMs / MINUTE_MS), "minute");
  if (size < 22 * 60 * MINUTE_MS) return words.format(Math.round(distanceMs / (60 * MINUTE_MS)), "hour");
  if (size < 13.5 * DAY_MS) return words.format(Math.round(distanceMs / DAY_MS), "day");
  return formatDate(date);
}

function zone(timeZone: string | undefined) {
  return timeZone === undefined ? {} : { timeZone };
}
