"use client";
/** Shows in the tab that a recording runs, and for how long. */
import { useEffect } from "react";
import { formatClock } from "@/components/format/duration";
import { isRunning } from "@/lib/client/session/session-phase";
import type { SessionState } from "@/lib/client/session/session-state";

export function useTabTitle({ phase, run }: Pick<SessionState, "phase" | "run">): void {
  const clock = isRunning(phase) && run !== null ? formatClock(run.elapsedMs) : null;
  useEffect(() => {
    if (clock === null) return;
    const before = document.title;
    document.title = `${phase === "recording" ? "●" : "❚❚"} ${clock} · Tapedeck`;
    return () => {
      document.title = before;
    };
  }, [clock, phase]);
}
