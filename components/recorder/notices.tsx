"use client";
/** What needs attention while preparing or recording, most urgent first. */
import { Info, MicOff, TriangleAlert } from "lucide-react";
import { Notice } from "@/components/recorder/notice";
import { Problem } from "@/components/ui/problem";
import type { SessionState } from "@/lib/client/session/session-state";

export function Notices({ state }: { state: SessionState }) {
  const { phase, problem, notice, isSilent, run } = state;
  const isRunning = phase === "recording" || phase === "paused";
  return (
    // A live region says what comes into it, and so it is there before.
    <div role="status" className="flex flex-col [&>*]:mt-3">
      {problem !== null && <Problem what={problem} />}
      {notice !== null && <Notice icon={<Info aria-hidden />}>{notice}</Notice>}
      {isRunning && run?.isDegraded && (
        <Notice icon={<TriangleAlert aria-hidden />}>
          This browser has no room for recordings, or does not allow it (a private window does not). What the server has
          not taken yet is only in memory: do not close the tab.
        </Notice>
      )}
      {isSilent && (
        <Notice icon={<MicOff aria-hidden />}>
          No sound comes from the microphone. Is it the right one, and switched on?
        </Notice>
      )}
    </div>
  );
}
