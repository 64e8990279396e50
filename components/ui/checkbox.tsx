"use client";
/** A box to tick, the browser's own. Give it `aria-label` or a label by `id`. */
import { Check } from "lucide-react";
import type { ComponentProps, MouseEvent } from "react";
import { cn } from "@/components/ui/class-names";

interface CheckboxProps extends Omit<ComponentProps<"input">, "type" | "onChange" | "onToggle" | "checked"> {
  checked: boolean;
  /** @param withShift the Shift key was held */
  onToggle: (checked: boolean, withShift: boolean) => void;
}

export function Checkbox({ className, checked, onToggle, ...props }: CheckboxProps) {
  return (
    <span className={cn("group/box relative grid size-[18px] shrink-0 place-items-center", className)}>
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) =>
          // A checkbox changes by a click, also when it is a key that clicks.
          onToggle(event.currentTarget.checked, (event.nativeEvent as unknown as MouseEvent).shiftKey === true)
        }
        className={cn(
          "peer absolute inset-0 appearance-none rounded-sm border border-control bg-surface transition-colors",
          "hover:border-ink checked:border-solid checked:bg-solid",
          // A finger gets 44 pixels without the box growing.
          "after:absolute pointer-coarse:after:-inset-[13px]",
        )}
        {...props}
      />
      <Check
        aria-hidden
        strokeWidth={3}
        className="pointer-events-none relative size-3 text-on-solid opacity-0 peer-checked:opacity-100"
      />
    </span>
  );
}
