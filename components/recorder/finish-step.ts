/** How far a recording is after stop, in words. */
import { formatEstimate } from "@/components/format/duration";
import { restWords } from "@/components/recorder/connection-words";
import { phaseWords } from "@/components/recording/state-words";
import type { RunState } from "@/lib/client/session/recording-run";
import type { RecordingResource } from "@/lib/protocol/recordings";

export interface FinishStep {
  name: "uploading" | "waiting" | "compiling" | "ready" | "uncompiled" | "failed";
  title: string;
  text: string;
  /** Of this step, 0 to 1; "unknown" while it has not begun to count; null: nothing is being done. */
  fraction: number | "unknown" | null;
  canCompile: boolean;
}

/** @param recording null: nothing has been heard of it yet */
export function finishStep(
  run: Pick<RunState, "ackedBytes" | "recordedBytes" | "sendMs" | "connection" | "isDegraded">,
  isUploaded: boolean,
  recording: Pick<RecordingResource, "state" | "progress" | "failure"> | null,
): FinishStep {
  if (!isUploaded) {
    return {
      name: "uploading",
      title: "Sending the rest",
      text: `Everything is recorded. ${restWords(run)} ${
        run.isDegraded
          ? "Keep this page open until the server has it all."
          : "Keep this page open, or come back later: it is kept in this browser until the server has it."
      }`,
      fraction: run.recordedBytes === 0 ? 0 : run.ackedBytes / run.recordedBytes,
      canCompile: false,
    };
  }
  const safe = { canCompile: false, fraction: null };
  switch (recording?.state) {
    case "ready":
      return { ...safe, name: "ready", title: "Your recording is ready", text: "Watch it, or take the MP4 with you." };
    case "failed":
      return {
        name: "failed",
        title: "The MP4 could not be made",
        text: `${recording.failure?.message ?? "The server does not say why."} What was recorded is kept.`,
        fraction: null,
        canCompile: true,
      };
    case "stopped":
      if (recording.progress === null) {
        return {
          name: "uncompiled",
          title: "Everything is safe on the server",
          text: "It is not made into an MP4 by itself: that is how your settings have it.",
          fraction: null,
          canCompile: true,
        };
      }
      break;
    case "compiling": {
      const { progress } = recording;
      if (progress === null) break;
      const { phase, fraction, etaMs } = progress;
      const estimate = etaMs === null ? "" : `, ${formatEstimate(etaMs)} left`;
      return {
        ...safe,
        name: "compiling",
        title: "Making the MP4",
        text: `${phaseWords(phase)}${estimate}. You can leave this page.`,
        fraction,
      };
    }
  }
  return {
    ...safe,
    name: "waiting",
    title: "Everything is safe on the server",
    text: "The MP4 is next. You can leave this page.",
    fraction: "unknown",
  };
}
