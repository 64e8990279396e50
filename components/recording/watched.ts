/** What the player needs to know of a recording, whoever watches it. */
import type { RecordingResource } from "@/lib/protocol/recordings";

export type WatchedRecording = Pick<
  RecordingResource,
  "state" | "live" | "liveUrl" | "downloadUrl" | "thumbnailUrl" | "durationMs" | "width" | "height" | "takes" | "gaps"
> & { outputs: readonly Pick<RecordingResource["outputs"][number], "kind" | "contentType" | "url" | "filename">[] };

/** Whether a recording can be played: its file, or what there is of it while it runs. */
export function canBeWatched({ state, downloadUrl, liveUrl }: WatchedRecording): boolean {
  return (state === "ready" && downloadUrl !== null) || liveUrl !== null;
}

/** Whether a recording that was watched while it ran is on its way to its file. */
export function isOnItsWay({ state }: WatchedRecording): boolean {
  return state === "stopped" || state === "compiling";
}
