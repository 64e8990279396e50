/** The state of a recording in words. */
import type { BadgeTone } from "@/components/ui/badge";
import type { CompileProgress, RecordingResource } from "@/lib/protocol/recordings";

export interface StateWords {
  label: string;
  tone: BadgeTone;
}

/** What a badge says of a recording. */
export function stateWords(recording: Pick<RecordingResource, "state" | "live" | "progress">): StateWords {
  switch (recording.state) {
    case "recording":
      return recording.live ? { label: "Live", tone: "live" } : { label: "Interrupted", tone: "working" };
    case "stopped":
      return recording.progress === null
        ? { label: "Not compiled", tone: "neutral" }
        : { label: "Waiting", tone: "working" };
    case "compiling":
      return { label: "Compiling", tone: "working" };
    case "ready":
      return { label: "Ready", tone: "good" };
    case "failed":
      return { label: "Failed", tone: "bad" };
  }
}

const PHASES: Record<CompileProgress["phase"], string> = {
  queued: "Waiting for its turn",
  probing: "Looking at the tracks",
  compiling: "Putting picture and sound together",
  checking: "Checking the finished file",
  finishing: "Finishing",
};

export function phaseWords(phase: CompileProgress["phase"]): string {
  return PHASES[phase];
}
