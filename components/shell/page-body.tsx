/** The width and the margins of a page. */
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";

export function PageBody({ className, children }: { className?: string; children: ReactNode }) {
  return <div className={cn("mx-auto w-full max-w-[92rem] px-4 py-6 sm:px-8 sm:py-8", className)}>{children}</div>;
}
