/** How far something is. */
import { cn } from "@/components/ui/class-names";

interface ProgressProps {
  label: string;
  /** 0 to 1; null: not known, it moves. */
  fraction: number | null;
  tone?: "ink" | "amber" | "tape";
  className?: string;
}

const FILL = { ink: "bg-solid", amber: "bg-amber", tape: "bg-tape" } as const;

export function Progress({ label, fraction, tone = "ink", className }: ProgressProps) {
  const percent = fraction === null ? null : Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { "aria-valuenow": percent })}
      className={cn("h-1.5 w-full overflow-hidden rounded-full bg-line", className)}
    >
      <div
        className={cn(
          "h-full rounded-full transition-[width] duration-500 ease-out",
          FILL[tone],
          percent === null && "w-1/3 animate-glow",
        )}
        {...(percent === null ? {} : { style: { width: `${percent}%` } })}
      />
    </div>
  );
}
