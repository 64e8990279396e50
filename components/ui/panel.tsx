/** A surface that holds one group of things, with its heading. */
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";

interface PanelProps {
  title?: ReactNode;
  description?: ReactNode;
  /** At the end of the heading's line. */
  actions?: ReactNode;
  /** At the bottom, set apart: the buttons of a form. */
  footer?: ReactNode;
  className?: string;
  children?: ReactNode;
}

export function Panel({ title, description, actions, footer, className, children }: PanelProps) {
  return (
    <section className={cn("overflow-hidden rounded-lg border bg-surface shadow-card", className)}>
      {title !== undefined && (
        <header
          className={cn(
            "flex flex-wrap items-start gap-x-4 gap-y-3 px-4 pt-4 sm:px-6 sm:pt-5",
            children === undefined && "pb-4 sm:pb-5",
          )}
        >
          <div className="min-w-0 flex-1 basis-56">
            <h2 className="text-base font-semibold tracking-tight">{title}</h2>
            {description !== undefined && <p className="mt-1 text-sm text-muted">{description}</p>}
          </div>
          {actions}
        </header>
      )}
      {children !== undefined && <div className="px-4 py-4 sm:px-6 sm:py-5">{children}</div>}
      {footer !== undefined && (
        <footer className="flex flex-wrap items-center justify-end gap-3 border-t bg-canvas/60 px-4 py-3 sm:px-6">
          {footer}
        </footer>
      )}
    </section>
  );
}
