/** What stands where there is nothing to show: why, and the way on. */
import type { ReactNode } from "react";

interface EmptyStateProps {
  picture?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** Level of the heading; 1 where it is the page's only one. */
  level?: 1 | 2;
}

export function EmptyState({ picture, title, children, actions, level = 2 }: EmptyStateProps) {
  const Heading = `h${level}` as const;
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-4 py-12 text-center sm:py-20">
      {picture !== undefined && <div className="mb-8 w-52">{picture}</div>}
      <Heading className="text-xl font-semibold tracking-tight text-balance">{title}</Heading>
      {children !== undefined && <p className="mt-2 leading-7 text-pretty text-muted">{children}</p>}
      {actions !== undefined && <div className="mt-6 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
