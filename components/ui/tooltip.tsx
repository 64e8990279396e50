"use client";
/** A word about a control, on hover and on focus. Needs {@link TooltipProvider} around the page. */
import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

export const TooltipProvider = Radix.Provider;

interface TooltipProps {
  /** The one element it is about; a control with a label of its own. */
  children: ReactNode;
  content: ReactNode;
  /** Keys that do the same. */
  keys?: string;
  side?: "top" | "bottom" | "left" | "right";
}

export function Tooltip({ children, content, keys, side = "top" }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex max-w-72 animate-fade-in items-center gap-2 rounded-md bg-solid px-2.5 py-1.5 text-xs font-medium text-on-solid shadow-float"
        >
          {content}
          {keys !== undefined && <span className="counter text-[11px] opacity-75">{keys}</span>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
