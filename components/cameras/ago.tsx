"use client";
/** How long ago something of a camera came: to the second, and never in time to come, however clocks differ. */
import { formatDate, formatExactly, formatRelative } from "@/components/format/date";
import { useNow } from "@/components/ui/now";

export function Ago({ at }: { at: string }) {
  const nowMs = useNow("seconds");
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatExactly(date, nowMs === null ? "UTC" : undefined)}>
      {nowMs === null ? formatDate(date, "UTC") : formatRelative(new Date(Math.min(date.getTime(), nowMs)), nowMs)}
    </time>
  );
}
