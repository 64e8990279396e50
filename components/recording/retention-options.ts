/** Periods of retention to choose from, and their text in a list. */
import { formatPeriod } from "@/components/format/duration";
import type { SelectOption } from "@/components/ui/select";

const CHOICES = [24, 7 * 24, 30 * 24, 90 * 24, 365 * 24];
const DEFAULT = "default";

/**
 * @param current what is set: hours, 0 for never, null for the default
 * @param defaultHours what the default comes to; 0: never removed
 * @param defaultName whose default it is
 */
export function retentionOptions(current: number | null, defaultHours: number, defaultName: string): SelectOption[] {
  const hours = CHOICES.includes(current ?? 0) || !current ? CHOICES : [...CHOICES, current].sort((a, b) => a - b);
  return [
    {
      value: DEFAULT,
      label: `${defaultName} (${defaultHours === 0 ? "kept" : formatPeriod(defaultHours)})`,
    },
    ...hours.map((each) => ({ value: String(each), label: `For ${formatPeriod(each)}` })),
    { value: "0", label: "For good" },
  ];
}

export function retentionValue(hours: number | null): string {
  return hours === null ? DEFAULT : String(hours);
}

export function readRetention(value: string): number | null {
  return value === DEFAULT ? null : Number(value);
}
