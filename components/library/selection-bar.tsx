"use client";
/** What can be done with all that is selected. */
import { Clapperboard, Pin, PinOff, Trash2, X } from "lucide-react";
import { canCompile } from "@/components/library/recording-item";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import type { RecordingResource } from "@/lib/protocol/recordings";

interface SelectionBarProps {
  selected: readonly RecordingResource[];
  /** How many recordings are shown. */
  shown: number;
  onSelectAll: () => void;
  onClear: () => void;
  onPin: (pinned: boolean) => void;
  onCompile: (recordings: readonly RecordingResource[]) => void;
  onRemove: () => void;
}

export function SelectionBar(props: SelectionBarProps) {
  const { selected, shown, onSelectAll, onClear, onPin, onCompile, onRemove } = props;
  const compilable = selected.filter(canCompile);
  const allPinned = selected.every(({ pinned }) => pinned);
  return (
    <section
      aria-label="Selection"
      className="fixed inset-x-3 bottom-[calc(5.25rem+env(safe-area-inset-bottom))] z-30 mx-auto flex max-w-fit animate-rise-in items-center gap-1 rounded-xl border bg-raised py-1.5 pr-1.5 pl-2 shadow-float md:bottom-6 md:left-[15rem]"
    >
      <IconButton label="Select nothing" keys="Esc" size="iconSm" onClick={onClear}>
        <X aria-hidden />
      </IconButton>
      <span aria-live="polite" className="pr-2 text-sm font-medium whitespace-nowrap">
        <span className="counter">{selected.length}</span> selected
      </span>
      {selected.length < shown && (
        <Button look="ghost" size="sm" onClick={onSelectAll}>
          All<span className="max-sm:hidden"> {shown}</span>
        </Button>
      )}
      <span aria-hidden className="mx-1 h-6 w-px bg-line" />
      <IconButton label={allPinned ? "Unpin" : "Pin"} size="iconSm" onClick={() => onPin(!allPinned)}>
        {allPinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
      </IconButton>
      {compilable.length > 0 && (
        <IconButton label="Compile" size="iconSm" onClick={() => onCompile(compilable)}>
          <Clapperboard aria-hidden />
        </IconButton>
      )}
      <Button look="dangerGhost" size="sm" onClick={onRemove}>
        <Trash2 aria-hidden />
        Delete
      </Button>
    </section>
  );
}
