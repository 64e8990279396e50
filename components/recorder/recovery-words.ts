/** What is said of a recording whose page was closed or crashed. */
import { formatBytes } from "@/components/format/bytes";
import { formatEstimate } from "@/components/format/duration";
import type { RecoveryState } from "@/lib/client/recovery/recovery";

/** How much waits in this browser, and how long it takes; "" when nothing does. It changes all the time. */
export function restWords({
  phase,
  waitingBytes,
  sendMs,
}: Pick<RecoveryState, "phase" | "waitingBytes" | "sendMs">): string {
  if (waitingBytes === 0 || (phase !== "sending" && phase !== "failed")) return "";
  return sendMs === null || phase === "failed"
    ? `${formatBytes(waitingBytes)} left.`
    : `${formatBytes(waitingBytes)} left, ${formatEstimate(sendMs)}.`;
}

/** What there is to say, without figures: screen readers hear it once. */
export function recoveryWords({ phase, title, isOpen, problem }: Omit<RecoveryState, "recordingId">): string {
  const name = `“${title}”`;
  switch (phase) {
    case "sent":
      return `The page that recorded ${name} was closed or crashed. All that it had stored is safe on the server.`;
    case "sending":
    case "asking": {
      if (problem !== null) return `${name} is not complete on the server yet. ${problem}`;
      return isOpen
        ? `The page that recorded ${name} was closed or crashed. What it had stored is being sent.`
        : `The rest of ${name} is being sent. It is kept in this browser until the server has it.`;
    }
    case "done":
      return `Everything of ${name} is safe on the server.`;
    case "gone":
      return `${name} was deleted, so what this browser still kept of it was removed.`;
    case "foreign":
      return "This browser keeps a part of another account’s recording. It is sent when that account signs in here.";
    case "failed":
      return `The server does not take the rest of ${name}. ${problem ?? ""}`.trimEnd();
    case "over":
      return "";
  }
}
