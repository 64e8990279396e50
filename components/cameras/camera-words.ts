/** The state of a camera, as a word and its colour, and what it sends. */
import { codecName } from "@/components/recording/codec-names";
import type { BadgeTone } from "@/components/ui/badge";
import type { CameraState } from "@/lib/domain/camera-state";
import type { CameraResource } from "@/lib/protocol/cameras";

const STATES: Record<CameraState, { tone: BadgeTone; words: string }> = {
  stopped: { tone: "neutral", words: "Stopped" },
  waiting: { tone: "working", words: "Waiting for a worker" },
  connecting: { tone: "working", words: "Connecting" },
  recording: { tone: "live", words: "Recording" },
  retrying: { tone: "bad", words: "Not recorded" },
};

export function stateBadge({ state }: Pick<CameraResource, "state">): { tone: BadgeTone; words: string } {
  return STATES[state];
}

/** `1920 × 1080`, `H.264`, `AAC`: what is known of them. */
export function streamFacts({
  width,
  height,
  videoCodec,
  audioCodec,
}: Pick<CameraResource, "width" | "height" | "videoCodec" | "audioCodec">): string[] {
  return [
    ...(width !== null && height !== null ? [`${width} × ${height}`] : []),
    ...[videoCodec, audioCodec].flatMap((codec) => (codec === null ? [] : [codecName(codec)])),
  ];
}

/** When the last small picture was taken: its address ends in it, in ms since the epoch. */
export function pictureTakenAt({ thumbnailUrl }: Pick<CameraResource, "thumbnailUrl">): string | null {
  const atMs = Number(thumbnailUrl?.split("/").at(-1) ?? Number.NaN);
  return Number.isNaN(atMs) ? null : new Date(atMs).toISOString();
}
