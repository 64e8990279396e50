/** What is said when a device or the sharing ends. */
import type { CaptureEnd } from "@/lib/client/capture/capture";

const WHAT: Readonly<Record<CaptureEnd, string>> = {
  screen: "Sharing was ended",
  camera: "The camera was unplugged or taken away",
  microphone: "The microphone was unplugged or taken away",
  "camera-corner": "The camera was unplugged or taken away",
  "microphone-in-mix": "The microphone was unplugged or taken away",
};

/** The rest is still recorded. */
export function goesOnWithout(end: CaptureEnd): boolean {
  return end === "camera-corner" || end === "microphone-in-mix";
}

/** @param isRecording whether a recording was under way */
export function captureEndWords(end: CaptureEnd, isRecording: boolean): string {
  if (end === "camera-corner") return `${WHAT[end]}. The screen is recorded without it.`;
  if (end === "microphone-in-mix") return `${WHAT[end]}. The sound of what you share is still recorded.`;
  return isRecording ? `${WHAT[end]}, so the recording was stopped. Everything before that is kept.` : `${WHAT[end]}.`;
}
