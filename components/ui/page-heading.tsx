/** The heading at the top of a page. */
import type { ReactNode } from "react";

interface PageHeadingProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}

export function PageHeading({ title, description, actions }: PageHeadingProps) {
  return (
    <header className="mb-6 flex flex-wrap items-end gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="text-2xl font-semibold tracking-[-0.022em]">{title}</h1>
        {description !== undefined && <p className="mt-1 max-w-2xl text-sm text-pretty text-muted">{description}</p>}
      </div>
      {actions}
    </header>
  );
}
