"use client";
/**
 * A link whose page is fetched when it is pointed at or focused, not when it is merely seen: a list of a hundred links
 * would otherwise ask the server for a hundred pages at once, and what matters more waits behind them.
 */
import Link from "next/link";
import { type ComponentProps, useState } from "react";

export function HoverLink(properties: Omit<ComponentProps<typeof Link>, "prefetch" | "onPointerEnter" | "onFocus">) {
  const [isNear, setIsNear] = useState(false);
  return (
    <Link
      {...properties}
      prefetch={isNear ? null : false}
      onPointerEnter={() => setIsNear(true)}
      onFocus={() => setIsNear(true)}
    />
  );
}
