"use client";
/** A recording in the list. */
import { Pin } from "lucide-react";
import { formatBytes } from "@/components/format/bytes";
import { RecordingLength, RecordingStatusLine } from "@/components/library/recording-facts";
import type { ItemProps } from "@/components/library/recording-item";
import { RecordingMenu } from "@/components/library/recording-menu";
import { InlineTitle } from "@/components/recording/inline-title";
import { StateBadge } from "@/components/recording/state-badge";
import { Thumbnail } from "@/components/recording/thumbnail";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/class-names";
import { HoverLink } from "@/components/ui/hover-link";
import { LinkPending } from "@/components/ui/link-pending";
import { RelativeTime } from "@/components/ui/relative-time";

export function RecordingRow({ recording, isSelected, isSelecting, isRenaming, commands }: ItemProps) {
  const isPlain = recording.state === "ready" || recording.state === "stopped";
  return (
    <li
      className={cn(
        "group/row relative flex items-center gap-3 px-3 py-2 transition-colors hover:bg-wash sm:gap-4 sm:px-4",
        isSelected && "bg-wash",
      )}
    >
      <Checkbox
        aria-label={`Select ${recording.title}`}
        checked={isSelected}
        onToggle={(_, withShift) => commands.toggle(recording.id, withShift)}
        className={cn(
          "z-10 opacity-0 transition-opacity group-hover/row:opacity-100 focus-within:opacity-100 pointer-coarse:hidden",
          isSelecting && "opacity-100 pointer-coarse:grid",
        )}
      />
      <Thumbnail recording={recording} className="w-24 shrink-0 rounded-md ring-1 ring-line sm:w-28" />
      <div className="min-w-0 flex-1">
        {isRenaming ? (
          <InlineTitle
            title={recording.title}
            onDone={(title) => commands.finishRename(recording.id, title)}
            className="-mx-1 w-[calc(100%+0.5rem)] px-1 text-sm leading-6 font-medium"
          />
        ) : (
          <HoverLink
            href={`/recordings/${recording.id}`}
            data-recording={recording.id}
            title={recording.title}
            className="block truncate text-sm leading-6 font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-ink"
          >
            {recording.title}
            <LinkPending className="absolute inset-y-0 right-14 my-auto" />
          </HoverLink>
        )}
        <p
          className={cn(
            "flex items-center gap-1.5 text-[13px] text-muted",
            recording.state === "failed" && "text-tape-ink",
          )}
        >
          {recording.state !== "ready" && <StateBadge recording={recording} className="shrink-0 sm:hidden" />}
          {recording.pinned && <Pin aria-label="Pinned" className="size-3.5 shrink-0" />}
          <span className={cn("min-w-0 truncate", isPlain && "md:hidden")}>
            <RecordingStatusLine recording={recording} />
          </span>
          <span aria-hidden className={cn("max-sm:hidden", isPlain && "md:hidden")}>
            ·
          </span>
          <RelativeTime at={recording.createdAt} className="relative z-10 shrink-0 text-muted max-sm:hidden" />
        </p>
      </div>
      {recording.state !== "ready" && <StateBadge recording={recording} className="shrink-0 max-sm:hidden" />}
      <span className="counter w-16 text-right text-[13px] text-muted max-sm:hidden">
        <RecordingLength recording={recording} />
      </span>
      <span className="counter w-20 text-right text-[13px] text-muted max-md:hidden">
        {recording.sizeBytes > 0 && formatBytes(recording.sizeBytes)}
      </span>
      <RecordingMenu recording={recording} commands={commands} className="relative z-10 -mr-1.5" />
    </li>
  );
}
