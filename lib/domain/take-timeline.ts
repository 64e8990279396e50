/**
 * Where the takes of a recording lie in its media time. What went by between two takes is a gap: it is held, so that
 * the compiled file keeps the time of day, or cut out.
 */

export const TAKE_GAP_MODES = ["hold", "cut"] as const;
export type TakeGapMode = (typeof TAKE_GAP_MODES)[number];

/** A take of which something can be compiled. All times in milliseconds. */
export interface TakeSpan {
  /** By the server's clock, since the epoch. */
  startedAtMs: number;
  /** By the source's clock, since the epoch; null: it did not say. */
  sourceStartedAtMs: number | null;
  /** What it lasts in media time. */
  durationMs: number;
  /** What went by while it was recorded: what it lasts, and its pauses. */
  elapsedMs: number;
}

export interface PlacedTake {
  /** Where it begins in the recording's media time. */
  fromMs: number;
  /** How much of the time before it is in the compiled file, as a picture that stands and silence. */
  heldMs: number;
  /** How much time went by between the take before it and this one; 0 for the first. */
  missingMs: number;
}

/**
 * The source's clock says when its recorder started, the server's when it heard of the take. Further apart than this,
 * one of them was set in between, and the server's is believed: it is the same for every take.
 */
const MAX_CLOCKS_APART_MS = 5 * 60_000;

/**
 * @param takes in their order
 * @param limits `maxDurationMs`: of the whole. Gaps are held as far as there is room: the shorter ones whole, the
 *   longest shortened to one length
 * @returns one place for each take
 */
export function placeTakes(
  takes: readonly TakeSpan[],
  { mode, maxDurationMs }: { mode: TakeGapMode; maxDurationMs: number },
): PlacedTake[] {
  const missing = takes.map((take, index) => (index === 0 ? 0 : missingBetween(takes[index - 1] as TakeSpan, take)));
  const recordedMs = takes.reduce((sum, { durationMs }) => sum + Math.round(durationMs), 0);
  const longestMs = mode === "cut" ? 0 : commonBound(missing, Math.max(0, maxDurationMs - recordedMs));
  let endMs = 0;
  return takes.map(({ durationMs }, index) => {
    const missingMs = missing[index] as number;
    const heldMs = Math.min(missingMs, longestMs);
    const fromMs = endMs + heldMs;
    endMs = fromMs + Math.round(durationMs);
    return { fromMs, heldMs, missingMs };
  });
}

function missingBetween(before: TakeSpan, after: TakeSpan): number {
  const byServerMs = after.startedAtMs - before.startedAtMs - before.elapsedMs;
  if (before.sourceStartedAtMs === null || after.sourceStartedAtMs === null) return Math.max(0, Math.round(byServerMs));
  const bySourceMs = after.sourceStartedAtMs - before.sourceStartedAtMs - before.elapsedMs;
  const isPlausible = Math.abs(bySourceMs - byServerMs) <= MAX_CLOCKS_APART_MS;
  return Math.max(0, Math.round(isPlausible ? bySourceMs : byServerMs));
}

/** The length to which each must be shortened so that together they come to no more than there is room for. */
function commonBound(lengths: readonly number[], room: number): number {
  const ascending = [...lengths].sort((a, b) => a - b);
  let left = room;
  for (const [index, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (length > share) return share;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}
