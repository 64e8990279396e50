/** The mark: a cassette whose right spool is the record light. */
import { cn } from "@/components/ui/class-names";

export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 34 24" aria-hidden="true" className={cn("h-[22px] w-auto", className)}>
      <rect width="34" height="24" rx="5" fill="var(--ink)" />
      <rect x="4.5" y="6" width="25" height="12" rx="6" fill="var(--canvas)" />
      <circle cx="10.5" cy="12" r="2.7" fill="none" stroke="var(--ink)" strokeWidth="1.9" />
      <circle cx="23.5" cy="12" r="3.65" fill="var(--tape)" />
    </svg>
  );
}

export function Logo({ className }: { className?: string }) {
  return (
    <span className={cn("inline-flex items-center gap-2.5", className)}>
      <LogoMark />
      <span className="text-[17px] font-semibold tracking-[-0.025em]">Tapedeck</span>
    </span>
  );
}
