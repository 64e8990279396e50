"use client";
/** What needs attention while preparing or recording, most urgent first. */
import { HardDrive, History, Info, MicOff, TriangleAlert } from "lucide-react";
import { formatBytes } from "@/components/format/bytes";
import { formatEstimate } from "@/components/format/duration";
import { Notice } from "@/components/recorder/notice";
import { Button } from "@/components/ui/button";
import { Problem } from "@/components/ui/problem";
import { isChoosing, isRunning } from "@/lib/client/session/session-phase";
import type { SessionState } from "@/lib/client/session/session-state";

interface NoticesProps {
  state: SessionState;
  onShareAgain: () => void;
  /** A new recording is to be made, not the next take of another. */
  onLeaveContinued: () => void;
}

export function Notices({ state, onShareAgain, onLeaveContinued }: NoticesProps) {
  const { phase, problem, notice, isSilent, run, lost, littleRoom, continued } = state;
  return (
    // A live region says what comes into it, and so it is there before.
    <div role="status" className="flex flex-col [&>*]:mt-3">
      {problem !== null && <Problem what={problem} />}
      {notice !== null && (
        <Notice
          icon={<Info aria-hidden />}
          action={
            lost === "screen" &&
            isRunning(phase) && (
              <Button look="outline" size="sm" onClick={onShareAgain}>
                Share again
              </Button>
            )
          }
        >
          {notice}
        </Notice>
      )}
      {continued !== null && isChoosing(phase) && (
        <Notice
          icon={<History aria-hidden />}
          action={
            <Button look="outline" size="sm" onClick={onLeaveContinued}>
              Record something new
            </Button>
          }
        >
          What you record now is added to “{continued.title}”.
        </Notice>
      )}
      {isRunning(phase) && littleRoom !== null && (
        <Notice icon={<HardDrive aria-hidden />}>
          This browser has little room left: {formatBytes(littleRoom.freeBytes)}
          {littleRoom.leftMs !== null && `, ${formatEstimate(littleRoom.leftMs)} of this recording`}. It is needed when
          the server cannot be reached. Free some space on this device.
        </Notice>
      )}
      {isRunning(phase) && run?.isDegraded && (
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
