"use client";
/** A recording in the grid. */
import { Pin } from "lucide-react";
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
import { Progress } from "@/components/ui/progress";
import { RelativeTime } from "@/components/ui/relative-time";

export function RecordingCard({ recording, isSelected, isSelecting, isRenaming, commands }: ItemProps) {
  const isCompiling = recording.progress !== null;
  return (
    <li className="group/card relative min-w-0">
      <div
        className={cn(
          "relative overflow-hidden rounded-lg ring-1 ring-line transition-shadow group-hover/card:shadow-float group-hover/card:ring-line-strong",
          isSelected && "ring-2 ring-ink group-hover/card:ring-ink",
        )}
      >
        <Thumbnail recording={recording} />
        {recording.state !== "ready" && <StateBadge recording={recording} className="absolute top-2.5 right-2.5" />}
        <span className="counter absolute right-2.5 bottom-2.5 rounded-sm bg-black/75 px-1.5 py-0.5 text-xs font-medium text-white empty:hidden">
          <RecordingLength recording={recording} />
        </span>
        {isCompiling && (
          <Progress
            label={`Compiling ${recording.title}`}
            fraction={recording.progress?.fraction ?? null}
            tone="amber"
            className="absolute inset-x-0 bottom-0 h-1 rounded-none bg-black/40"
          />
        )}
      </div>
      <div className="mt-2.5 flex items-start gap-1">
        <div className="min-w-0 flex-1 pl-0.5">
          {isRenaming ? (
            <InlineTitle
              title={recording.title}
              onDone={(title) => commands.finishRename(recording.id, title)}
              className="-mx-1 w-[calc(100%+0.5rem)] px-1 text-[15px] leading-6 font-medium"
            />
          ) : (
            <HoverLink
              href={`/recordings/${recording.id}`}
              data-recording={recording.id}
              title={recording.title}
              className="block truncate text-[15px] leading-6 font-medium tracking-[-0.01em] outline-none after:absolute after:inset-0 after:rounded-lg focus-visible:after:outline-2 focus-visible:after:outline-offset-4 focus-visible:after:outline-ink"
            >
              {recording.title}
              <LinkPending className="absolute top-2.5 left-1/2 size-6 -translate-x-1/2 rounded-full bg-raised p-1" />
            </HoverLink>
          )}
          <p className={cn("flex gap-1.5 text-[13px] text-muted", recording.state === "failed" && "text-tape-ink")}>
            {recording.pinned && <Pin aria-label="Pinned" className="relative mt-[3px] size-3.5 shrink-0" />}
            <span className="min-w-0 truncate">
              <RecordingStatusLine recording={recording} />
            </span>
            {recording.state !== "failed" && (
              <>
                <span aria-hidden>·</span>
                <RelativeTime at={recording.createdAt} className="relative z-10 shrink-0" />
              </>
            )}
          </p>
        </div>
        <RecordingMenu recording={recording} commands={commands} className="relative z-10 -mr-1" />
      </div>
      <Checkbox
        aria-label={`Select ${recording.title}`}
        checked={isSelected}
        onToggle={(_, withShift) => commands.toggle(recording.id, withShift)}
        className={cn(
          "absolute top-3 left-3 z-10 size-5 opacity-0 shadow-float transition-opacity group-hover/card:opacity-100 focus-within:opacity-100 pointer-coarse:hidden",
          isSelecting && "opacity-100 pointer-coarse:grid",
        )}
      />
    </li>
  );
}
