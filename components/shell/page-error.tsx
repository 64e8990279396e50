"use client";
/** A page that failed, with another try. */
import { Unplug } from "lucide-react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

interface PageErrorProps {
  error: unknown;
  retry: () => void;
}

export function PageError({ error, retry }: PageErrorProps) {
  const digest = error instanceof Error && "digest" in error ? String(error.digest) : null;
  return (
    <EmptyState
      level={1}
      picture={<Unplug aria-hidden strokeWidth={1.2} className="mx-auto size-12 text-faint" />}
      title="This page did not work"
      actions={<Button onClick={retry}>Try again</Button>}
    >
      Your recordings are safe. If it happens again, tell your administrator
      {digest === null ? "." : ` the number ${digest}, under which it is in the log.`}
    </EmptyState>
  );
}
