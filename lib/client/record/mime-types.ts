/** Which containers and codecs to ask of MediaRecorder, best first. */
import type { TrackKind } from "@/lib/domain/recording-state";

/**
 * H.264 first: the server copies it, where it has to transcode the others, and it is the cheapest to record (0.41 core
 * against 0.63–0.76 for VP8 and VP9 at 720p30 in Chromium 156). Opus in WebM always: in MP4 its first 58 ms are lost on
 * the way. MP4 last: its chunks are cut at key frames only, and a crash costs up to one.
 */
const CANDIDATES: Readonly<Record<TrackKind, readonly string[]>> = {
  video: [
    "video/webm;codecs=h264",
    "video/webm;codecs=vp9",
    "video/webm;codecs=vp8",
    "video/webm",
    "video/mp4;codecs=avc1.42E01F",
    "video/mp4",
  ],
  audio: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4;codecs=mp4a.40.2", "audio/mp4"],
};

/** @returns the best type this browser records, or null when it records none */
export function chooseMimeType(
  kind: TrackKind,
  isSupported: (mimeType: string) => boolean = (mimeType) => MediaRecorder.isTypeSupported(mimeType),
): string | null {
  return CANDIDATES[kind].find(isSupported) ?? null;
}
