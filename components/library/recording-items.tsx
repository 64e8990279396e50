"use client";
/** The recordings of the library, as a grid of cards or a list of rows. */
import { GRID, ItemsSkeleton } from "@/components/library/library-skeleton";
import type { LibraryView } from "@/components/library/library-toolbar";
import { RecordingCard } from "@/components/library/recording-card";
import type { ItemCommands } from "@/components/library/recording-item";
import { RecordingRow } from "@/components/library/recording-row";
import type { Selection } from "@/components/library/use-selection";
import { cn } from "@/components/ui/class-names";
import type { RecordingResource } from "@/lib/protocol/recordings";

interface RecordingItemsProps {
  view: LibraryView;
  recordings: readonly RecordingResource[];
  /** What is shown belongs to an earlier search. */
  isLoading: boolean;
  selection: Selection;
  renamingId: string | null;
  commands: ItemCommands;
}

export function RecordingItems(props: RecordingItemsProps) {
  const { view, recordings, isLoading, selection, renamingId, commands } = props;
  if (recordings.length === 0) return isLoading ? <ItemsSkeleton view={view} /> : null;
  const Item = view === "grid" ? RecordingCard : RecordingRow;
  return (
    <ul
      aria-label="Recordings"
      aria-busy={isLoading}
      className={cn(
        view === "grid" ? GRID : "divide-y overflow-hidden rounded-lg border bg-surface shadow-card",
        isLoading && "opacity-60 transition-opacity delay-150",
      )}
    >
      {recordings.map((recording) => (
        <Item
          key={recording.id}
          recording={recording}
          isSelected={selection.has(recording.id)}
          isSelecting={selection.ids.length > 0}
          isRenaming={renamingId === recording.id}
          commands={commands}
        />
      ))}
    </ul>
  );
}
