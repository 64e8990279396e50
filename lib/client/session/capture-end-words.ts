/** What is said when a device or the sharing ends, and what it is to the recording. */
import type { CaptureEnd } from "@/lib/client/capture/capture";
import type { SourceGapCause } from "@/lib/domain/gap-causes";
import type { TrackKind } from "@/lib/domain/recording-state";

const WHAT: Readonly<Record<CaptureEnd, string>> = {
  screen: "Sharing was ended",
  camera: "The camera was unplugged or taken away",
  microphone: "The microphone was unplugged or taken away",
  "camera-corner": "The camera was unplugged or taken away",
  "microphone-in-mix": "The microphone was unplugged or taken away",
};

/** What is recorded goes on without a break, with less in it. */
export function goesOnWithout(end: CaptureEnd): boolean {
  return end === "camera-corner" || end === "microphone-in-mix";
}

export function causeOf(end: CaptureEnd): SourceGapCause {
  return end === "screen" ? "share_ended" : "device_lost";
}

/** The track that has less in it, or is gone. */
export function lackedKind(end: CaptureEnd): TrackKind {
  return end === "microphone" || end === "microphone-in-mix" ? "audio" : "video";
}

/** While nothing is recorded. */
export function captureEndWords(end: CaptureEnd): string {
  return `${WHAT[end]}.`;
}

/** @param remains what is still recorded; "nothing": it waits */
export function interruptionWords(end: CaptureEnd, remains: "picture" | "sound" | "both" | "nothing"): string {
  if (end === "camera-corner") return `${WHAT[end]}. The screen is recorded without it.`;
  if (end === "microphone-in-mix") return `${WHAT[end]}. The sound of what you share is still recorded.`;
  const device = end === "camera" ? "camera" : "microphone";
  const wayBack =
    end === "screen"
      ? "Share again to have the screen recorded, or stop."
      : `When a ${device} is there again, it is recorded by itself.`;
  switch (remains) {
    case "nothing":
      return end === "screen"
        ? `${WHAT[end]}, so nothing is being recorded now. Go on to share again, or stop.`
        : `${WHAT[end]}, so nothing is being recorded now. It goes on when a ${device} is there again, unless you stop.`;
    case "both":
      return `${WHAT[end]}. The camera and the sound are still recorded. ${wayBack}`;
    default:
      return `${WHAT[end]}. The ${remains} is still recorded. ${wayBack}`;
  }
}

/** What was lost is there again. */
export function returnWords(end: CaptureEnd): string {
  if (end === "screen") return "What you share is recorded again.";
  return end === "camera" || end === "camera-corner"
    ? "The camera is recorded again."
    : "The microphone is recorded again.";
}
