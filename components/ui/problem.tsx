/** What went wrong, in words, with the way on and the request id to quote. */
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";
import { AppError } from "@/lib/domain/errors";

interface ProblemProps {
  /** A sentence, or what was thrown. */
  what: unknown;
  /** The way on: a button. */
  action?: ReactNode;
  className?: string;
}

export function Problem({ what, action, className }: ProblemProps) {
  const requestId = what instanceof AppError ? what.facts.requestId : undefined;
  return (
    <div
      role="alert"
      className={cn(
        "flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md bg-tape-wash px-3.5 py-2.5 text-sm text-tape-ink",
        className,
      )}
    >
      <div className="flex min-w-0 flex-1 basis-52 items-start gap-2.5">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <p className="min-w-0 leading-5">
          {sentenceOf(what)}
          {requestId && <span className="block text-xs">Request {requestId}</span>}
        </p>
      </div>
      {action}
    </div>
  );
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  return thrown instanceof AppError ? thrown.message : "Something went wrong. Try again.";
}
