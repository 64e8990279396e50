/** The outline of what is about to come. */
import { cn } from "@/components/ui/class-names";

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-pulse rounded-md bg-line", className)} />;
}
