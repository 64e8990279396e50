/** The button, and links that look like one. At least 44 pixels high where fingers press it. */
import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/components/ui/class-names";

export const buttonStyle = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-md font-medium transition-colors select-none disabled:opacity-50 aria-disabled:opacity-50 [&_svg]:shrink-0",
  {
    variants: {
      look: {
        /** The one thing to do here. */
        solid: "bg-solid text-on-solid hover:bg-solid-hover",
        /** Starts a recording; nothing else is this red. */
        record: "bg-tape text-on-tape hover:bg-tape-hover",
        outline: "border border-line-strong bg-surface text-ink shadow-card hover:bg-sunken",
        ghost: "text-muted hover:bg-wash hover:text-ink",
        danger: "bg-tape text-on-tape hover:bg-tape-hover",
        dangerGhost: "text-tape-ink hover:bg-tape-wash",
      },
      size: {
        sm: "h-8 px-2.5 text-[13px] pointer-coarse:h-11 [&_svg]:size-3.5",
        md: "h-9 px-3.5 text-sm pointer-coarse:h-11 [&_svg]:size-4",
        lg: "h-11 px-5 text-[15px] [&_svg]:size-[18px]",
        icon: "size-9 pointer-coarse:size-11 [&_svg]:size-[18px]",
        iconSm: "size-8 pointer-coarse:size-11 [&_svg]:size-4",
      },
    },
    defaultVariants: { look: "solid", size: "md" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonStyle> {
  /** Gives the looks to the only child, a link for instance. */
  asChild?: boolean;
  /** Shows that it is being done; cannot be pressed meanwhile. */
  busy?: boolean;
  children?: ReactNode;
}

export function Button({ className, look, size, asChild = false, busy = false, children, ...props }: ButtonProps) {
  const style = cn(buttonStyle({ look, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={style} {...props}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button type="button" className={style} {...props} disabled={props.disabled || busy} aria-busy={busy || undefined}>
      {busy && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
    </button>
  );
}
