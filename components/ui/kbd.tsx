/** A key of the keyboard. */
import type { ReactNode } from "react";

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="counter inline-grid h-5 min-w-5 place-items-center rounded-sm border border-b-2 bg-surface px-1 text-[11px] font-medium text-muted">
      {children}
    </kbd>
  );
}
