/** The analyzer that is always there, and needs no model: motion, brightness, and whether the picture has frozen. */
import { brightnessOf, changeBetween, isSame } from "@/lib/media/grey-picture";
import type { Detection } from "@/lib/protocol/snapshots";
import type { AnalyzedFrame, Analyzer } from "@/worker/snapshots/analyzer";

/** A picture that is the same for so long has frozen. */
const FROZEN_MS = 3000;

export const pictureAnalyzer: Analyzer = {
  name: "picture",
  begin() {
    let before: AnalyzedFrame | null = null;
    let unchangedSinceMs = 0;
    return {
      analyze(frame) {
        if (before === null || !isSame(before, frame)) unchangedSinceMs = frame.capturedMs;
        const detection: Detection = {
          motion: before === null ? 0 : round(changeBetween(before, frame)),
          brightness: round(brightnessOf(frame)),
          frozen: frame.capturedMs - unchangedSinceMs >= FROZEN_MS,
        };
        before = frame;
        return { ...detection };
      },
    };
  },
};

function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}
