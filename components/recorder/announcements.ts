/** What is said aloud, by screen readers, when something changes that the eye would see. */
import { count, formatDuration } from "@/components/format/duration";
import type { SessionState } from "@/lib/client/session/session-state";

type Heard = Pick<SessionState, "phase" | "countdownLeftS" | "isMuted"> & {
  run: Pick<NonNullable<SessionState["run"]>, "elapsedMs" | "connection"> | null;
};

/** @returns null when there is nothing to say */
export function announcement(before: Heard, now: Heard): string | null {
  if (now.phase !== before.phase) return phaseAnnouncement(before, now);
  if (now.isMuted !== before.isMuted) return now.isMuted ? "Microphone muted." : "Microphone on.";
  const [was, is] = [before.run?.connection, now.run?.connection];
  if (is === was || is === undefined || was === undefined) return null;
  if (is === "connected" && was !== "connecting") return "Connected again.";
  if (is === "waiting" && was === "connected")
    return now.phase === "uploading" ? "Connection lost." : "Connection lost. Recording goes on.";
  return is === "failed" ? "The server does not take the recording." : null;
}

function phaseAnnouncement(before: Heard, now: Heard): string | null {
  const length = formatDuration(now.run?.elapsedMs ?? 0);
  switch (now.phase) {
    case "preview":
      if (before.phase === "countdown") return "Countdown left.";
      return before.phase === "preparing" ? "The preview is on." : "Recording discarded.";
    case "countdown":
      return now.countdownLeftS === 0 ? null : `Recording begins in ${count(now.countdownLeftS, "second")}.`;
    case "recording":
      return before.phase === "paused" || before.phase === "interrupted" ? "Recording goes on." : "Recording.";
    case "paused":
      return `Paused after ${length}.`;
    case "interrupted":
      return `Interrupted after ${length}.`;
    case "stopping":
      return `Stopped after ${length}.`;
    case "uploading":
      return null;
    case "done":
      return "Everything is safe on the server.";
    default:
      return null;
  }
}
