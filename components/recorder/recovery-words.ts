/** What is said of a recording whose page was closed or crashed. */
import { formatBytes } from "@/components/format/bytes";
import { formatEstimate } from "@/components/format/duration";
import type { RecoveryState } from "@/lib/client/recovery/recovery";

/** How much waits in this browser, and how long it takes. @param sendMs null: not known */
export function waitingWords(waitingBytes: number, sendMs: number | null): string {
  return sendMs === null ? formatBytes(waitingBytes) : `${formatBytes(waitingBytes)}, ${formatEstimate(sendMs)}`;
}

export function recoveryWords(state: Omit<RecoveryState, "recordingId">): string {
  const { phase, title, isOpen, waitingBytes, sendMs, problem } = state;
  const name = `“${title}”`;
  const rest = waitingBytes === 0 ? "" : ` (${waitingWords(waitingBytes, sendMs)})`;
  switch (phase) {
    case "sent":
      return `The page that recorded ${name} was closed or crashed. All that it had stored is safe on the server.`;
    case "sending":
    case "asking": {
      if (problem !== null) return `${name} is not complete on the server yet${rest}. ${problem}`;
      return isOpen
        ? `The page that recorded ${name} was closed or crashed. What it had stored is being sent${rest}.`
        : `The rest of ${name} is being sent${rest}. It is kept in this browser until the server has it.`;
    }
    case "done":
      return `Everything of ${name} is safe on the server.`;
    case "gone":
      return `${name} was deleted, so what this browser still kept of it was removed.`;
    case "foreign":
      return "This browser keeps a part of another account’s recording. It is sent when that account signs in here.";
    case "failed":
      return `The server does not take the rest of ${name}${rest}. ${problem ?? ""}`.trimEnd();
    case "over":
      return "";
  }
}
