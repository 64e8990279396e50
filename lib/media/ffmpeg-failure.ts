/** Why FFmpeg or ffprobe failed, from how it ended and the last lines it wrote, in words for the user. */
import { AppError, type ErrorKind } from "@/lib/domain/errors";

/** How a run ended. */
export interface RunEnd {
  /** null: ended by a signal */
  exitCode: number | null;
  signal: string | null;
  /** The runner ended it because its time was up. */
  isTimedOut: boolean;
  /** Last lines of standard error. */
  stderr: readonly string[];
}

interface Cause {
  kind: ErrorKind;
  code: string;
  message: string;
}

const TOOK_TOO_LONG: Cause = {
  // Not "timed_out": it would be tried again, and take as long.
  kind: "too_large",
  code: "compile_took_too_long",
  message: "Compiling took longer than the server allows. The recorded tracks are kept.",
};
const NEEDS_TOO_MUCH: Cause = {
  kind: "too_large",
  code: "compile_needs_too_much",
  message: "Compiling needs more memory or space than the server allows. The recorded tracks are kept.",
};
const DAMAGED: Cause = {
  kind: "unprocessable",
  code: "damaged",
  message: "The recording is damaged beyond repair. The recorded tracks are kept.",
};

const PICTURE_TOO_LARGE: Cause = {
  kind: "too_large",
  code: "picture_too_large",
  message: "The picture is larger than the server allows. The recorded tracks are kept.",
};

/** In this order: the first that is found in the lines is the cause, later ones follow from it. */
const BY_LINE: readonly (readonly [RegExp, Cause])[] = [
  [/exceeds specified max pixel count|Picture size \S+ is invalid/, PICTURE_TOO_LARGE],
  [
    /No space left on device|Disk quota exceeded/,
    { kind: "storage_full", code: "disk_full", message: "The server's disk is full." },
  ],
  [/Cannot allocate memory|malloc of size|[Oo]ut of memory|std::bad_alloc/, NEEDS_TOO_MUCH],
  [/File too large/, NEEDS_TOO_MUCH],
  [/not (in|on) (the )?(format |codec )?whitelist/i, DAMAGED],
  [/Invalid data found|: End of file$|moov atom not found|does not contain any stream|matches no streams/, DAMAGED],
];

/** Signals of the limits that `prlimit` sets. */
const BY_SIGNAL: Readonly<Record<string, Cause>> = { SIGXCPU: TOOK_TOO_LONG, SIGXFSZ: NEEDS_TOO_MUCH };

/**
 * What a run that succeeded complained of, when it is a reason to stop: a decoder skips a picture that is too large as if
 * it were damaged, and goes on.
 */
export function explainComplaints(stderr: readonly string[]): AppError | null {
  if (byLine(stderr) !== PICTURE_TOO_LARGE) return null;
  const { kind, code, message } = PICTURE_TOO_LARGE;
  return new AppError(kind, code, message, { detail: stderr.join("\n") });
}

/** @returns an error with a sentence for the user and the lines for the log */
export function explainFailure(end: RunEnd): AppError {
  const cause = end.isTimedOut ? TOOK_TOO_LONG : (BY_SIGNAL[end.signal ?? ""] ?? byLine(end.stderr));
  const { kind, code, message } = cause ?? {
    kind: "internal",
    code: "compile_failed",
    message: "The video program ended unexpectedly. The recorded tracks are kept.",
  };
  const how = end.signal === null ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
  return new AppError(kind, code, message, { detail: [how, ...end.stderr].join("\n") });
}

function byLine(lines: readonly string[]): Cause | undefined {
  return BY_LINE.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1];
}
