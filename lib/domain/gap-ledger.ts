/** The gaps of a recording: what was found out while compiling and what the source says itself, told once each. */
import { GAP_CAUSES, type GapCause, gapCause } from "@/lib/domain/gap-causes";
import type { TrackKind } from "@/lib/domain/recording-state";

/** What a gap says of a take besides what is missing. */
export interface TakeMark {
  number: number;
  /** Nothing of the take is in the file; otherwise it begins where the gap ends. */
  isLost: boolean;
}

/** All times in milliseconds of media time. */
export interface LedgerGap {
  /** The track it concerns; null: all. */
  kind: TrackKind | null;
  fromMs: number;
  /** As `fromMs` where nothing of the missing time is in the file. */
  toMs: number;
  code: GapCause;
  /** In words. */
  cause: string;
  /** Of the gap before a take, or in place of one that is lost. */
  take?: TakeMark;
  /** How much was not recorded, where that is not what lies between the two times. */
  missingMs?: number;
}

/** What the source says it missed, in media time of the recording. */
export interface NotedInterruption {
  kind: TrackKind | null;
  fromMs: number;
  toMs: number;
  code: GapCause;
}

/** The end of an interruption that lasts as long as its take: later than any take ends, and what a column can hold. */
export const OPEN_END_MS = 2 ** 31 - 1;

/** What is left of a gap beside an interruption is told from this length on; less is how both were measured. */
const MIN_REST_MS = 200;

/** Gaps with the interruptions: where both tell of the same time, the source knows better why. */
export function withInterruptions(
  gaps: readonly LedgerGap[],
  interruptions: readonly NotedInterruption[],
): LedgerGap[] {
  const rests = gaps.flatMap((gap) => {
    if (gap.take !== undefined || gap.missingMs !== undefined) return [gap];
    const told = interruptions.filter(({ kind }) => kind === null || kind === gap.kind);
    return told.reduce<LedgerGap[]>((left, span) => left.flatMap((each) => without(each, span)), [gap]);
  });
  const noted = interruptions.map(({ kind, fromMs, toMs, code }) => ({
    ...{ kind, fromMs, toMs, code },
    cause: GAP_CAUSES[code],
  }));
  return [...rests, ...noted].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

function without(gap: LedgerGap, { fromMs, toMs }: { fromMs: number; toMs: number }): LedgerGap[] {
  if (toMs <= gap.fromMs || fromMs >= gap.toMs) return [gap];
  return [
    { ...gap, toMs: fromMs },
    { ...gap, fromMs: toMs },
  ].filter((rest) => rest.toMs - rest.fromMs >= MIN_REST_MS);
}

/**
 * Seconds of footage that are missing, by cause. Time that is missing of picture and sound at once, for one cause,
 * counts once.
 */
export function missingSecondsByCause(gaps: readonly LedgerGap[]): Map<GapCause, number> {
  const seconds = new Map<GapCause, number>();
  for (const code of new Set(gaps.map((gap) => gap.code))) {
    const ofCause = gaps.filter((gap) => gap.code === code).sort((a, b) => a.fromMs - b.fromMs);
    let missingMs = 0;
    let toldUntilMs = Number.NEGATIVE_INFINITY;
    for (const gap of ofCause) {
      if (gap.missingMs !== undefined) {
        missingMs += gap.missingMs;
        continue;
      }
      missingMs += Math.max(0, gap.toMs - Math.max(gap.fromMs, toldUntilMs));
      toldUntilMs = Math.max(toldUntilMs, gap.toMs);
    }
    seconds.set(code, missingMs / 1000);
  }
  return seconds;
}

/** Id of the row of a gap that says something of a take; {@link takeBeginning} reads it. */
export function takeGapId(recordingId: string, { number, isLost }: TakeMark): string {
  return `${recordingId}-${isLost ? "lost" : "take"}-${number}`;
}

/**
 * Where a take begins in the compiled file.
 *
 * @param gaps rows of the recording's compilation
 * @returns milliseconds of media time; null: nothing of it is in the file
 */
export function takeBeginning(
  recordingId: string,
  number: number,
  gaps: readonly { id: string; toMs: number }[],
): number | null {
  if (gaps.some(({ id }) => id === takeGapId(recordingId, { number, isLost: true }))) return null;
  // The first that is in the file has no gap before it.
  return gaps.find(({ id }) => id === takeGapId(recordingId, { number, isLost: false }))?.toMs ?? 0;
}

/**
 * Seconds that have become missing with a compilation: what the one before it told already does not count again.
 *
 * @param before rows of the compilation before this one
 */
export function newlyMissingSeconds(
  recordingId: string,
  before: readonly { id: string; fromMs: number; toMs: number; code: string }[],
  gaps: readonly LedgerGap[],
): Map<GapCause, number> {
  const told = missingSecondsByCause(
    before.map(({ id, fromMs, toMs, code }) => {
      const gap: LedgerGap = { kind: null, fromMs, toMs, code: gapCause(code), cause: "" };
      // A row does not keep how much was cut out; the gap is the same when it is before the same take.
      const same = gaps.find(({ take }) => take !== undefined && takeGapId(recordingId, take) === id);
      return same?.missingMs === undefined ? gap : { ...gap, missingMs: same.missingMs };
    }),
  );
  const all = [...missingSecondsByCause(gaps)];
  const more = all.map(([code, seconds]) => [code, seconds - (told.get(code) ?? 0)] as const);
  return new Map(more.filter(([, seconds]) => seconds > 0));
}

/** Words for the gap before a take. */
export function takeGapCause(code: GapCause, { heldMs, missingMs }: { heldMs: number; missingMs: number }): string {
  const words = GAP_CAUSES[code];
  if (heldMs === missingMs) return words;
  if (heldMs === 0) return `${words} The ${inWords(missingMs)} that are missing were left out.`;
  return `${words} Of ${inWords(missingMs)} that are missing, ${inWords(missingMs - heldMs)} were left out.`;
}

/** A length of time: `2 h 5 min`, `1 min 3 s`, `12 s`, `0.4 s`. */
function inWords(lengthMs: number): string {
  if (lengthMs < 1000) return `${Math.max(0.1, Math.round(lengthMs / 100) / 10)} s`;
  const totalSeconds = Math.round(lengthMs / 1000);
  const [hours, minutes, seconds] = [
    Math.floor(totalSeconds / 3600),
    Math.floor((totalSeconds % 3600) / 60),
    totalSeconds % 60,
  ] as const;
  const parts =
    hours > 0
      ? [`${hours} h`, minutes > 0 && `${minutes} min`]
      : [minutes > 0 && `${minutes} min`, seconds > 0 && `${seconds} s`];
  return parts.filter(Boolean).join(" ");
}
