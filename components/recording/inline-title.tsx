"use client";
/** A title being changed in its place: Enter and leaving it keep the change, Escape does not. */
import { type KeyboardEvent, useRef } from "react";
import { cn } from "@/components/ui/class-names";

/** As lib/domain/names has it; the server checks again. */
const MAX_TITLE_LENGTH = 200;

interface InlineTitleProps {
  title: string;
  /** @param title the new one; null: leave it as it is */
  onDone: (title: string | null) => void;
  className?: string;
}

export function InlineTitle({ title, onDone, className }: InlineTitleProps) {
  const isDone = useRef(false);

  /** Once: Enter takes the field away, which also leaves it. */
  function finish(text: string | null) {
    if (isDone.current) return;
    isDone.current = true;
    const next = text?.trim() ?? "";
    onDone(next === "" || next === title ? null : next);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    event.stopPropagation();
    if (event.key === "Enter" && !event.nativeEvent.isComposing) finish(event.currentTarget.value);
    if (event.key === "Escape") finish(null);
  }

  return (
    <input
      aria-label="Title"
      defaultValue={title}
      maxLength={MAX_TITLE_LENGTH}
      // It appears because somebody asked to rename: this is where they want to be.
      // biome-ignore lint/a11y/noAutofocus: see above
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onKeyDown={onKeyDown}
      onBlur={(event) => finish(event.currentTarget.value)}
      className={cn(
        "w-full min-w-0 rounded-sm bg-surface ring-1 ring-control outline-none focus-visible:ring-2 focus-visible:ring-ink",
        className,
      )}
    />
  );
}
