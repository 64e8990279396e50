/** Cutting a part out of a finished recording. */

/**
 * keyframe: copied, from the last key frame at or before the beginning; exact: encoded, from the very picture.
 */
export const CUT_MODES = ["keyframe", "exact"] as const;
export type CutMode = (typeof CUT_MODES)[number];

/** Shorter is most likely a slip. */
export const MIN_CUT_MS = 100;

/** What is cut out, in media time of the original's MP4, milliseconds. */
export interface CutSpan {
  fromMs: number;
  toMs: number;
}

/** The span within a file that lasts so long; null when less than {@link MIN_CUT_MS} of it is left. */
export function cutWithin({ fromMs, toMs }: CutSpan, durationMs: number): CutSpan | null {
  const span = { fromMs: Math.max(0, fromMs), toMs: Math.min(toMs, durationMs) };
  return span.toMs - span.fromMs < MIN_CUT_MS ? null : span;
}
