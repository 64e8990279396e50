/** The light of a record button. */
import { cn } from "@/components/ui/class-names";

export function RecordDot({ className }: { className?: string }) {
  return <span aria-hidden className={cn("size-2.5 rounded-full bg-current", className)} />;
}
