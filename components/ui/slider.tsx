"use client";
/** A value between two ends. */
import { Slider as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/components/ui/class-names";

interface SliderProps extends Omit<ComponentProps<typeof Radix.Root>, "value" | "onValueChange"> {
  value: number;
  onValueChange: (value: number) => void;
  /** The value in words, for screen readers. */
  valueText?: string;
}

export function Slider({ value, onValueChange, valueText, className, id, ...props }: SliderProps) {
  const { "aria-label": label, "aria-labelledby": labelledBy, "aria-describedby": describedBy, ...rest } = props;
  return (
    <Radix.Root
      value={[value]}
      onValueChange={([next]) => onValueChange(next as number)}
      className={cn(
        "relative flex h-9 w-full touch-none items-center select-none pointer-coarse:h-11 data-disabled:opacity-50",
        className,
      )}
      {...rest}
    >
      <Radix.Track className="relative h-1 grow rounded-full bg-line-strong">
        <Radix.Range className="absolute h-full rounded-full bg-solid" />
      </Radix.Track>
      <Radix.Thumb
        id={id}
        aria-label={label}
        aria-labelledby={labelledBy}
        aria-describedby={describedBy}
        aria-valuetext={valueText}
        className="block size-5 rounded-full border border-line-strong bg-white shadow-float transition-[scale] hover:scale-110"
      />
    </Radix.Root>
  );
}
