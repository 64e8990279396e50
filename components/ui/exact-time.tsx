"use client";
/** An instant to the minute, in the reader's time zone. */
import { formatDateTime, formatExactly } from "@/components/format/date";
import { useNow } from "@/components/ui/now";

export function ExactTime({ at, className }: { at: string; className?: string }) {
  const zone = useNow("minutes") === null ? "UTC" : undefined;
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatExactly(date, zone)} className={className}>
      {formatDateTime(date, zone)}
    </time>
  );
}
