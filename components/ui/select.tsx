/**
 * One of several, from a list that opens: the browser's own, so that phones show their own picker. Where the browser
 * lets pages draw the list (`appearance: base-select`), app/globals.css does.
 */
import { ChevronDown } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/components/ui/class-names";
import { controlStyle } from "@/components/ui/input";

export interface SelectOption {
  value: string;
  label: string;
  disabled?: boolean;
}

interface SelectProps extends Omit<ComponentProps<"select">, "value" | "onChange" | "children"> {
  value: string;
  onValueChange: (value: string) => void;
  options: readonly SelectOption[];
  /** Shown before the value. */
  icon?: ReactNode;
}

export function Select({ value, onValueChange, options, icon, className, ...props }: SelectProps) {
  return (
    <div className={cn("relative min-w-0 [&_svg]:size-4", className)}>
      {icon !== undefined && (
        <span className="pointer-events-none absolute inset-y-0 left-3 grid place-items-center text-faint">{icon}</span>
      )}
      <select
        value={value}
        onChange={(event) => onValueChange(event.currentTarget.value)}
        className={cn(controlStyle, "appearance-none truncate pr-9", icon !== undefined && "pl-9")}
        {...props}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute inset-y-0 right-2.5 my-auto text-faint" />
    </div>
  );
}
