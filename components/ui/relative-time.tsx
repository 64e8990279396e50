"use client";
/** When something was or will be, seen from now; the exact instant is its tooltip and its machine-readable value. */
import { formatDate, formatExactly, formatRelative } from "@/components/format/date";
import { useNow } from "@/components/ui/now";

export function RelativeTime({ at, className }: { at: string; className?: string }) {
  const now = useNow("minutes");
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatExactly(date, now === null ? "UTC" : undefined)} className={className}>
      {now === null ? formatDate(date, "UTC") : formatRelative(date, now)}
    </time>
  );
}
