/** Days and times of day where the reader is. The API speaks in UTC, and people in their own time. */

const LOCALE = "en-GB";
const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-26` of the reader's zone. @param ms since the epoch */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** From its midnight to the next, in ms since the epoch; 23 to 25 hours where clocks are changed. @param day `2026-11-26` */
export function boundsOf(day: string): { fromMs: number; toMs: number } {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return { fromMs: new Date(year, month - 1, date).getTime(), toMs: new Date(year, month - 1, date + 1).getTime() };
}

/** Days of the reader that days by UTC reach into, newest first, today always among them. @param nowMs since the epoch */
export function localDays(utcDays: readonly string[], nowMs: number): string[] {
  const found = new Set([dayOf(nowMs)]);
  for (const day of utcDays) {
    const fromMs = Date.parse(`${day}T00:00:00Z`);
    for (const ms of [fromMs, fromMs + 86_399_999]) if (ms <= nowMs) found.add(dayOf(ms));
  }
  return [...found].sort().reverse();
}

/** `Thu, 26 Nov 2026`. */
export function dayName(day: string): string {
  const options = { weekday: "short", day: "numeric", month: "short", year: "numeric" } as const;
  return new Intl.DateTimeFormat(LOCALE, options).format(boundsOf(day).fromMs);
}

/** `14:05:09`; without seconds where they are not wanted. */
export function timeOfDay(ms: number, withSeconds = true): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}${withSeconds ? `:${two(date.getSeconds())}` : ""}`;
}

/** As `datetime-local` fields have it: `2026-11-26T14:05:09`. */
export function fieldTime(ms: number): string {
  return `${dayOf(ms)}T${timeOfDay(ms)}`;
}
