/** A place in a recording as people write it: `0:07`, `12:05.25`, `1:02:33`. */

/** @param ms rounded to hundredths of a second; whole seconds have none */
export function writeTime(ms: number): string {
  const hundredths = Math.max(0, Math.round(ms / 10));
  const seconds = Math.floor(hundredths / 100);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const fraction = hundredths % 100 === 0 ? "" : `.${two(hundredths % 100)}`;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}${fraction}`;
}

/** Also seconds alone (`90`, `7.5`). @returns milliseconds; null: it is no time */
export function parseTime(text: string): number | null {
  const match = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?)$/.exec(text.trim());
  if (match === null) return null;
  const [hours = "0", minutes = "0", seconds = "0"] = match.slice(1);
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."))) * 1000);
}
