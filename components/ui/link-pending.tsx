"use client";
/** Inside a link: turns while the page it leads to is on its way, once that takes long enough to be noticed. */
import { LoaderCircle } from "lucide-react";
import { useLinkStatus } from "next/link";
import { cn } from "@/components/ui/class-names";

export function LinkPending({ className }: { className?: string }) {
  const { pending } = useLinkStatus();
  return (
    <LoaderCircle
      aria-hidden
      className={cn(
        "size-4 shrink-0 animate-spin transition-[visibility]",
        pending ? "visible delay-200" : "invisible",
        className,
      )}
    />
  );
}
