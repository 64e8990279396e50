"use client";
/** One of a few, all of them in sight. */
import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";

interface SegmentedProps<T extends string> {
  /** What is chosen between. */
  label: string;
  value: T;
  onValueChange: (value: T) => void;
  options: readonly { value: T; label: string; icon?: ReactNode }[];
  /** Shows the icons alone; the labels stay for assistive technology. */
  iconsOnly?: boolean;
  className?: string;
}

export function Segmented<T extends string>(props: SegmentedProps<T>) {
  const { label, value, onValueChange, options, iconsOnly = false, className } = props;
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => next !== "" && onValueChange(next as T)}
      className={cn("inline-flex shrink-0 gap-0.5 rounded-md bg-sunken p-0.5 ring-1 ring-line", className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          aria-label={iconsOnly ? option.label : undefined}
          title={iconsOnly ? option.label : undefined}
          className={cn(
            "inline-flex h-8 flex-1 items-center justify-center gap-2 rounded-[6px] text-sm font-medium text-muted transition-colors hover:text-ink",
            "data-[state=on]:bg-surface data-[state=on]:text-ink data-[state=on]:shadow-card data-[state=on]:ring-1 data-[state=on]:ring-line dark:data-[state=on]:bg-raised",
            "pointer-coarse:h-10 [&_svg]:size-4",
            iconsOnly ? "w-9 pointer-coarse:w-11" : "px-3",
          )}
        >
          {option.icon}
          {!iconsOnly && option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
