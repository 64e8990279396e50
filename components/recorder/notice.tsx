"use client";
/** Something that needs attention and is nobody's loss. */
import type { ReactNode } from "react";

interface NoticeProps {
  icon: ReactNode;
  /** What can be done about it: a button. */
  action?: ReactNode;
  children: ReactNode;
}

export function Notice({ icon, action, children }: NoticeProps) {
  return (
    <div className="flex w-full flex-wrap items-center gap-x-4 gap-y-2.5 rounded-md bg-amber-wash px-3.5 py-2.5 text-left text-sm leading-5 text-amber-ink">
      <p className="flex min-w-0 flex-1 basis-52 items-start gap-2.5 [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0">
        {icon}
        <span className="min-w-0 text-pretty">{children}</span>
      </p>
      {action}
    </div>
  );
}
