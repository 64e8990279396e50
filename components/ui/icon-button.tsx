"use client";
/** A button that is only a picture: it always has a label, shown as its tooltip. */
import type { ReactNode } from "react";
import { Button, type ButtonProps } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";

interface IconButtonProps extends Omit<ButtonProps, "aria-label" | "children" | "size"> {
  label: string;
  children: ReactNode;
  /** Keys that do the same, for the tooltip. */
  keys?: string;
  size?: "icon" | "iconSm";
  side?: "top" | "bottom" | "left" | "right";
}

export function IconButton({ label, children, keys, side, size = "icon", look = "ghost", ...props }: IconButtonProps) {
  return (
    <Tooltip content={label} {...(keys === undefined ? {} : { keys })} {...(side === undefined ? {} : { side })}>
      <Button aria-label={label} size={size} look={look} {...props}>
        {children}
      </Button>
    </Tooltip>
  );
}
