/** When files of a recording may go. Periods are whole hours, 0 meaning "never removed". */
import type { RecordingState } from "@/lib/domain/recording-state";

export interface RetentionFacts {
  state: RecordingState;
  pinned: boolean;
  /** The recording's own period; null: the owner's. */
  retentionHours: number | null;
  /** The owner's period for finished recordings; null: the installation's. */
  ownerRetentionHours: number | null;
  createdAt: Date;
  stoppedAt: Date | null;
  readyAt: Date | null;
}

export interface RetentionDefaults {
  /** Period of raw tracks and of recordings that never became a file. */
  rawHours: number;
  /** Period of finished recordings. */
  readyHours: number;
}

const HOUR_MS = 3_600_000;

/**
 * When the recording as a whole may be removed; null: not while it is as it is. Live, compiling and pinned recordings
 * are never due.
 */
export function whenDue(facts: RetentionFacts, defaults: RetentionDefaults): Date | null {
  if (facts.pinned) return null;
  switch (facts.state) {
    case "recording":
    case "compiling":
      return null;
    case "stopped":
    case "failed":
      return after(facts.stoppedAt ?? facts.createdAt, facts.retentionHours ?? defaults.rawHours);
    case "ready":
      return after(
        facts.readyAt ?? facts.createdAt,
        facts.retentionHours ?? facts.ownerRetentionHours ?? defaults.readyHours,
      );
  }
}

/** When the raw tracks of a finished recording may be removed, pinned or not; null: not while it is as it is. */
export function whenRawTracksDue(facts: Pick<RetentionFacts, "state" | "readyAt">, rawHours: number): Date | null {
  return facts.state === "ready" && facts.readyAt !== null ? after(facts.readyAt, rawHours) : null;
}

function after(from: Date, hours: number): Date | null {
  return hours === 0 ? null : new Date(from.getTime() + hours * HOUR_MS);
}
