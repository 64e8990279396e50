/** Puts the gaps of a recording together: within its takes, between them, and what the source said it missed. */
import { type GapCause, gapCause } from "@/lib/domain/gap-causes";
import {
  type LedgerGap,
  type NotedInterruption,
  OPEN_END_MS,
  takeGapCause,
  withInterruptions,
} from "@/lib/domain/gap-ledger";
import type { TrackKind } from "@/lib/domain/recording-state";
import { lostTracks } from "@/lib/domain/take-tracks";
import type { Interruption } from "@/lib/server/database/client";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { FoundTake } from "@/worker/compile/find-tracks";
import type { PlacedMeasuredTake } from "@/worker/compile/join-takes";
import { isLost, type LostTake, type MeasuredTake } from "@/worker/compile/measure-take";

/** An interruption as it is written down; see the table. */
type Interrupted = Pick<Interruption, "takeNumber" | "kind" | "fromMs" | "toMs" | "code">;

/**
 * @param interruptions of the table
 * @returns with the takes that lack a track because its device was lost: as if that had been written down
 */
export function withLostTracks(
  { takes }: Pick<RecordingWithParts, "takes">,
  interruptions: readonly Interrupted[],
): Interrupted[] {
  return [...interruptions, ...lostTracks(takes).map((lost) => ({ ...lost, fromMs: 0, toMs: OPEN_END_MS }))];
}

/**
 * @param all every take in its order, also those of which nothing could be compiled
 * @param placed those of which something was
 * @returns gaps in media time of the recording, by their beginning
 */
export function gapsOfRecording(
  all: readonly (MeasuredTake | LostTake)[],
  placed: readonly PlacedMeasuredTake[],
  interruptions: readonly Interrupted[],
): LedgerGap[] {
  const within = placed.flatMap(({ sources, fromMs }) =>
    sources.gaps.map((gap) => ({ ...gap, fromMs: gap.fromMs + fromMs, toMs: gap.toMs + fromMs })),
  );
  const between = placed.slice(1).map(({ take, fromMs, heldMs, missingMs }, index): LedgerGap => {
    const code = causeAfter(all, placed[index] as PlacedMeasuredTake);
    const cause = takeGapCause(code, { heldMs, missingMs });
    const gap: LedgerGap = {
      kind: null,
      fromMs: fromMs - heldMs,
      toMs: fromMs,
      code,
      cause,
      take: { number: take.number, isLost: false },
    };
    return heldMs === missingMs ? gap : { ...gap, missingMs };
  });
  const lost = all.filter(isLost).map(({ take, error }) => lostGap(take, error.message, all, placed));
  const noted = placed.flatMap(({ take, fromMs, span }) =>
    interruptions
      .filter(({ takeNumber }) => takeNumber === take.number)
      .map((each) => inRecording(each, fromMs, span.durationMs)),
  );
  return withInterruptions([...within, ...between, ...lost], noted);
}

/** What ended a take is said by the one that came next, also when nothing of that one is left. */
function causeAfter(all: readonly (MeasuredTake | LostTake)[], before: PlacedMeasuredTake): GapCause {
  const index = all.findIndex(({ take }) => take.number === before.take.number);
  return all[index + 1]?.take.cause ?? "unknown";
}

/** A take of which nothing is left has no length; it is told where it would be. */
function lostGap(
  take: FoundTake,
  why: string,
  all: readonly (MeasuredTake | LostTake)[],
  placed: readonly PlacedMeasuredTake[],
): LedgerGap {
  const before = placed.findLast((each) => each.take.number < take.number);
  const atMs = before === undefined ? 0 : before.fromMs + before.span.durationMs;
  const next = all.find((each) => each.take.number > take.number);
  // Between takes of which something is left, the gap there holds its time already; after the last nobody knows it.
  const missingMs = before === undefined && next !== undefined ? next.take.startedAtMs - take.startedAtMs : 0;
  return {
    ...{ kind: null, fromMs: Math.round(atMs), toMs: Math.round(atMs), code: "track_missing" },
    cause: `Nothing of part ${take.number} of the recording can be used. ${why}`,
    missingMs: Math.max(0, missingMs),
    take: { number: take.number, isLost: true },
  };
}

function inRecording(
  { kind, fromMs, toMs, code }: Interrupted,
  takeFromMs: number,
  durationMs: number,
): NotedInterruption {
  const within = (ms: number) => Math.round(takeFromMs + Math.min(Math.max(ms, 0), durationMs));
  return { kind: kind as TrackKind | null, fromMs: within(fromMs), toMs: within(toMs), code: gapCause(code) };
}
