/**
 * Why something is missing from a recording: codes for programs and metrics (`footage_gap_seconds_total{cause}`), and
 * what they mean in words.
 */
export const GAP_CAUSES = {
  page_closed: "The page was closed or crashed, and was opened again.",
  device_lost: "The camera or the microphone was unplugged or taken away.",
  share_ended: "Sharing the screen was ended.",
  suspended: "The computer slept.",
  connection_lost: "The source was not connected.",
  source_silent: "The source was connected and sent no picture.",
  recorder_restarted: "The program that records was restarted, or another took over.",
  storage_full: "There was no room left, neither on the server nor in the browser.",
  damaged: "Part of the track never arrived or was damaged.",
  track_missing: "Nothing of the track arrived that can be read.",
  late_start: "One track began later than the other.",
  early_end: "One track ended before the other.",
  rotated: "The file had reached its largest size or length, and the next one was begun. Nothing is missing.",
  no_pictures: "The source sent no pictures; the last one stands.",
  unknown: "The cause is not known.",
} as const;

export type GapCause = keyof typeof GAP_CAUSES;

export const GAP_CAUSE_CODES = Object.keys(GAP_CAUSES) as [GapCause, ...GapCause[]];

/** What a source may say of itself; the others are found out here. */
export const SOURCE_GAP_CAUSES = [
  "page_closed",
  "device_lost",
  "share_ended",
  "suspended",
  "connection_lost",
  "source_silent",
  "recorder_restarted",
  "storage_full",
  "unknown",
] as const satisfies readonly GapCause[];
export type SourceGapCause = (typeof SOURCE_GAP_CAUSES)[number];

/** @returns `unknown` for a code of another version */
export function gapCause(code: string): GapCause {
  return code in GAP_CAUSES ? (code as GapCause) : "unknown";
}
