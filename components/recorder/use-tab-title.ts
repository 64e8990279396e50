"use client";
/** Shows in the tab that a recording runs, and for how long. */
import { useEffect } from "react";
import { formatClock } from "@/components/format/duration";
import type { SessionState } from "@/lib/client/session/session-state";

export function useTabTitle({ phase, run }: Pick<SessionState, "phase" | "run">): void {
  const isRunning = phase === "recording" || phase === "paused";
  const clock = isRunning && run !== null ? formatClock(run.elapsedMs) : null;
  useEffect(() => {
    if (clock === null) return;
    const before = document.title;
    document.title = `${phase === "paused" ? "❚❚" : "●"} ${clock} · Tapedeck`;
    return () => {
      document.title = before;
    };
  }, [clock, phase]);
}
