/** What a check says, as words for a person or as JSON lines for a program. */
import type { CheckReport } from "@/lib/server/check/check-library";
import { FINDINGS, type Finding } from "@/lib/server/check/finding";
import type { Proof } from "@/lib/server/check/prove-recording";
import type { Repair } from "@/lib/server/check/repair";

/** What bin/check ends with. */
export const EXIT = { well: 0, findings: 1, notChecked: 2 } as const;

/** Headings, in the order in which they are told. */
const HEADINGS = {
  missing: ["folder_missing", "file_missing", "ready_without_file"],
  "not as written down": [
    "file_differs",
    "track_shorter",
    "track_size_stale",
    "total_size_stale",
    "manifest_differs",
    "unreadable",
  ],
  "known to nobody": [
    "unknown_recording",
    "unknown_entry",
    "unknown_file",
    "clock_without_track",
    "removed_track_present",
    "work_left",
  ],
  "not moving on": ["stuck", "state_unknown"],
  torn: ["track_torn", "track_unreadable"],
} as const satisfies Record<string, readonly Finding["code"][]>;

/** Everything that was found or done, a line each. */
export type Outcome = { finding: Finding } & Partial<Pick<Repair, "outcome" | "message">>;

/** @returns {@link EXIT}: notes are told and do not count, nor does what was repaired */
export function exitCodeOf(outcomes: Outcome[]): number {
  const open = outcomes.filter(
    ({ finding, outcome }) => FINDINGS[finding.code] === "problem" && outcome !== "mended" && outcome !== "moved",
  );
  return open.length > 0 ? EXIT.findings : EXIT.well;
}

export function inWords(outcomes: Outcome[]): string[] {
  const lines: string[] = [];
  for (const [heading, codes] of Object.entries(HEADINGS)) {
    const own = outcomes.filter(({ finding }) => (codes as readonly string[]).includes(finding.code));
    if (own.length === 0) continue;
    lines.push(`${heading}:`);
    for (const { finding, outcome, message } of own) {
      lines.push(`  ${finding.path ?? finding.recordingId ?? ""}: ${finding.message}`);
      if (outcome !== undefined) lines.push(`    ${outcome}: ${message}`);
    }
  }
  return lines;
}

export function asJson({ finding, outcome, message }: Outcome): string {
  const repaired = outcome === undefined ? {} : { outcome, outcomeMessage: message };
  return JSON.stringify({ type: "finding", severity: FINDINGS[finding.code], ...finding, ...repaired });
}

/** The last line, in words. */
export function summaryInWords({ recordings, files, bytes }: CheckReport, outcomes: Outcome[], deep: boolean): string {
  const { problems, notes, mended, moved } = countsOf(outcomes);
  const looked = `${count(recordings, "recording")}, ${count(files, "file")}, ${size(bytes)} ${deep ? "read" : "looked at"}`;
  const done = mended + moved > 0 ? `, ${mended} mended, ${moved} moved into quarantine` : "";
  if (problems + notes === 0) return `${looked}: all well.`;
  return `${looked}: ${count(problems, "finding")}, ${count(notes, "note")}${done}.`;
}

export function summaryAsJson(report: CheckReport, outcomes: Outcome[], deep: boolean): string {
  const { recordings, files, bytes } = report;
  return JSON.stringify({ type: "summary", deep, recordings, files, bytes, ...countsOf(outcomes) });
}

export function proofInWords(id: string, { files, bytes, manifest }: Proof, outcomes: Outcome[]): string {
  if (outcomes.length > 0)
    return `Recording ${id} is not what its manifest says: ${count(outcomes.length, "finding")}.`;
  const missed = manifest.gaps.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const gaps = manifest.gaps.length === 0 ? "no gaps" : `${count(manifest.gaps.length, "gap")} of ${missed} ms in all`;
  return `Recording ${id} is what its manifest of ${manifest.writtenAt} says: ${count(files, "file")}, ${size(bytes)}, ${count(manifest.takes.length, "take")}, ${gaps}.`;
}

export function proofAsJson(id: string, { files, bytes, manifest }: Proof, outcomes: Outcome[]): string {
  const { writtenAt, takes, gaps } = manifest;
  const isProved = outcomes.length === 0;
  return JSON.stringify({
    type: "proof",
    recordingId: id,
    isProved,
    writtenAt,
    files,
    bytes,
    takes: takes.length,
    gaps,
  });
}

function countsOf(outcomes: Outcome[]) {
  const by = (test: (each: Outcome) => boolean) => outcomes.filter(test).length;
  return {
    problems: by(({ finding }) => FINDINGS[finding.code] === "problem"),
    notes: by(({ finding }) => FINDINGS[finding.code] === "note"),
    mended: by(({ outcome }) => outcome === "mended"),
    moved: by(({ outcome }) => outcome === "moved"),
  };
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function size(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
