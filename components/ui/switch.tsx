"use client";
/** On or off, at once. Its label comes from a `label` for its id, or `aria-label`. */
import type { ComponentProps } from "react";
import { cn } from "@/components/ui/class-names";

interface SwitchProps extends Omit<ComponentProps<"button">, "type" | "role" | "onClick"> {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
}

export function Switch({ checked, onCheckedChange, className, ...props }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      onClick={() => onCheckedChange(!checked)}
      className={cn(
        "relative h-6 w-10 shrink-0 rounded-full bg-control transition-colors aria-checked:bg-solid disabled:opacity-50",
        "after:absolute after:-inset-y-0.5 after:inset-x-0 pointer-coarse:after:-inset-y-2.5",
        className,
      )}
      {...props}
    >
      <span
        className={cn(
          "block size-[18px] rounded-full shadow-card transition-transform",
          checked ? "translate-x-[19px] bg-on-solid" : "translate-x-[3px] bg-white",
        )}
      />
    </button>
  );
}
