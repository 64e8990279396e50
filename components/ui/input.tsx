/** A line of text to fill in. Its label comes from `Field`. */
import type { ComponentProps } from "react";
import { cn } from "@/components/ui/class-names";

export const controlStyle =
  "h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-sm text-ink shadow-card transition-colors " +
  "hover:border-control focus-visible:border-ink focus-visible:outline-1 focus-visible:outline-offset-0 " +
  "disabled:bg-sunken disabled:text-muted aria-invalid:border-tape-ink pointer-coarse:h-11 pointer-coarse:text-base";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input type="text" className={cn(controlStyle, className)} {...props} />;
}
