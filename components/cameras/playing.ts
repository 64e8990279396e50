/** What the player of a camera is asked to play. Each new object is a new wish. */

export type Playing = { kind: "live" } | { kind: "range"; fromMs: number; toMs: number };

/** A playlist of this much is small and quick; at its end the next one follows. */
const STRETCH_MS = 3_600_000;

export function playFrom(fromMs: number): Playing {
  return { kind: "range", fromMs, toMs: fromMs + STRETCH_MS };
}

/**
 * Where to go on when what was asked for has been played.
 *
 * @param spans what is there, in order
 * @param shownMs the last that was shown
 * @returns null: there is nothing after it
 */
export function nextAfter(spans: readonly { from: string; to: string }[], shownMs: number): number | null {
  for (const { from, to } of spans) {
    // Less than a second of a stretch is what the player has just shown.
    if (Date.parse(to) - shownMs > 2000) return Math.max(Date.parse(from), shownMs);
  }
  return null;
}
