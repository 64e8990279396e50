/** Sizes as people read them. */

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"] as const;

/**
 * In decimal units, as disks are sold (IEC 80000-13: 1 kB = 1000 bytes): `0 bytes`, `312 kB`, `4.2 MB`, `1.24 GB`.
 *
 * @param bytes whole bytes
 */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (unit < UNITS.length - 1 && roundedUp(value, unit) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0 && value === 1) return "1 byte";
  return `${Number(value.toFixed(decimals(unit)))} ${UNITS[unit]}`;
}

function decimals(unit: number): number {
  return Math.max(0, Math.min(2, unit - 1));
}

function roundedUp(value: number, unit: number): number {
  return Number(value.toFixed(decimals(unit)));
}
