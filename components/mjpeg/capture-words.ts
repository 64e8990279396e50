/** The state of a capture, as a word and its colour. */
import type { BadgeTone } from "@/components/ui/badge";
import type { CaptureResource } from "@/lib/protocol/mjpeg";

export function captureBadge({
  state,
  recordingState,
  endedAt,
}: Pick<CaptureResource, "state" | "recordingState" | "endedAt">): { tone: BadgeTone; words: string } {
  if (recordingState === "ready") return { tone: "good", words: "Ready" };
  if (recordingState === "failed") return { tone: "bad", words: "Failed" };
  if (endedAt !== null) return recordingState === null ? NOTHING : { tone: "working", words: "Being finished" };
  switch (state) {
    case "recording":
      return { tone: "live", words: "Recording" };
    case "connecting":
      return { tone: "working", words: "Connecting" };
    case "lost":
      return { tone: "bad", words: "No connection" };
    default:
      return { tone: "neutral", words: recordingState === null ? "Scheduled" : "Waiting for a worker" };
  }
}

const NOTHING = { tone: "neutral", words: "Nothing recorded" } as const;
