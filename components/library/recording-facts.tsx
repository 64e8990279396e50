"use client";
/** The one thing worth saying of a recording beside its title: how long it runs, how far it is, or what it weighs. */
import { formatBytes } from "@/components/format/bytes";
import { formatClock, formatDuration, formatEstimate } from "@/components/format/duration";
import { phaseWords } from "@/components/recording/state-words";
import { useNow } from "@/components/ui/now";
import type { RecordingResource } from "@/lib/protocol/recordings";

/** Its length; of a recording that is still being made, how long it runs already. */
export function RecordingLength({ recording }: { recording: RecordingResource }) {
  const now = useNow("seconds");
  if (recording.state === "recording") {
    if (!recording.live || now === null) return null;
    const elapsedMs = now - Date.parse(recording.createdAt);
    return <span>{formatClock(elapsedMs)}</span>;
  }
  if (recording.durationMs === null) return null;
  return (
    <span>
      <span aria-hidden>{formatClock(recording.durationMs)}</span>
      <span className="sr-only">{formatDuration(recording.durationMs)}</span>
    </span>
  );
}

/** Its size, or in words what is being done. */
export function RecordingStatusLine({ recording }: { recording: RecordingResource }) {
  const { state, progress, failure, sizeBytes, live } = recording;
  if (state === "recording") return <>{live ? "Recording now" : "Waiting for its source"}</>;
  if (progress !== null) {
    return <>{progress.etaMs === null ? phaseWords(progress.phase) : `${formatEstimate(progress.etaMs)} left`}</>;
  }
  if (state === "failed") return <>{failure?.message ?? "Compiling did not work"}</>;
  return <>{formatBytes(sizeBytes)}</>;
}
