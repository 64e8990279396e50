"use client";
/** One of several, from a list that opens. */
import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/components/ui/class-names";
import { controlStyle } from "@/components/ui/input";

export interface SelectOption {
  /** Never empty: the empty value stands for "nothing chosen". */
  value: string;
  label: ReactNode;
  disabled?: boolean;
}

interface SelectProps extends Omit<ComponentProps<typeof Radix.Trigger>, "value" | "onChange" | "children" | "dir"> {
  value: string;
  onValueChange: (value: string) => void;
  options: readonly SelectOption[];
  placeholder?: string;
  /** Shown before the value. */
  icon?: ReactNode;
}

export function Select({
  value,
  onValueChange,
  options,
  placeholder,
  icon,
  className,
  disabled,
  ...props
}: SelectProps) {
  return (
    <Radix.Root value={value} onValueChange={onValueChange} {...(disabled === undefined ? {} : { disabled })}>
      <Radix.Trigger
        className={cn(controlStyle, "flex items-center gap-2 text-left [&_svg]:size-4 [&_svg]:shrink-0", className)}
        {...props}
      >
        {icon !== undefined && <span className="text-faint">{icon}</span>}
        <span className="min-w-0 flex-1 truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronDown aria-hidden className="text-faint" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-[min(24rem,var(--radix-select-content-available-height))] min-w-[var(--radix-select-trigger-width)] max-w-[calc(100vw-1rem)] animate-rise-in overflow-hidden rounded-lg border bg-raised p-1 shadow-float"
        >
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                {...(option.disabled === undefined ? {} : { disabled: option.disabled })}
                className="flex min-h-8 items-center gap-2 rounded-md py-1.5 pr-3 pl-2 text-sm text-ink outline-none select-none data-disabled:text-faint data-highlighted:bg-wash pointer-coarse:min-h-11"
              >
                <span className="grid size-4 shrink-0 place-items-center">
                  <Radix.ItemIndicator>
                    <Check aria-hidden className="size-4" />
                  </Radix.ItemIndicator>
                </span>
                <Radix.ItemText>{option.label}</Radix.ItemText>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
