/** What a check can find, in a closed list; each code with what it means for the exit code and for repair. */

/**
 * `problem`: the folder and the database do not agree, or a recording does not move on. `note`: nothing is wrong with
 * what is kept, but somebody may want to know.
 */
export type Severity = "problem" | "note";

export const FINDINGS = {
  /** A row without its folder. */
  folder_missing: "problem",
  /** A row without its file. */
  file_missing: "problem",
  /** A file that is finished and has another size or digest than its row says. */
  file_differs: "problem",
  /** An unfinished track that is shorter than it was known to be. */
  track_shorter: "problem",
  /** An unfinished track that nobody writes, and whose row says less than there is. */
  track_size_stale: "problem",
  /** The row's sum of all files is not their sum. */
  total_size_stale: "problem",
  /** The row says that the raw bytes were removed, and they are there. */
  removed_track_present: "problem",
  /** A file or folder inside a recording's folder that no row names. */
  unknown_file: "problem",
  clock_without_track: "problem",
  /** A folder with the name of a recording that the database does not know. */
  unknown_recording: "problem",
  /** Something else beside the recordings. */
  unknown_entry: "problem",
  /** Files in the making of a compilation that is over. */
  work_left: "problem",
  /** `recording`, `compiling`, waiting or being deleted, and nobody has moved it on for longer than any of them lasts. */
  stuck: "problem",
  state_unknown: "problem",
  /** `ready`, and no row names a finished file. */
  ready_without_file: "problem",
  /** A folder or file that cannot be read. */
  unreadable: "problem",
  /** The manifest and what it speaks of do not agree; only looked for when one recording is proved. */
  manifest_differs: "problem",
  /** A track that ends in the middle of an element: its source was interrupted there. */
  track_torn: "note",
  /** A track that is no recording of a kind that can be read. */
  track_unreadable: "note",
} as const satisfies Record<string, Severity>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  code: FindingCode;
  /** null: it belongs to no recording. */
  recordingId: string | null;
  /** From the recordings folder, with `/`; null: it is about the row alone. */
  path: string | null;
  /** One sentence for whoever looks after the installation. */
  message: string;
  /** The numbers behind the sentence. */
  facts: Record<string, string | number | boolean | null>;
}

/** Two findings with the same key are the same one, seen twice. */
export function keyOf({ code, recordingId, path }: Finding): string {
  return JSON.stringify([code, recordingId, path]);
}
