/**
 * The one class of errors that are expected to happen, and the table that turns each kind into what the outside sees.
 * Errors of other libraries are mapped to it once, where they enter.
 */

/** What went wrong, seen from the caller. The list is closed; {@link OUTCOMES} has a row for each. */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "unprocessable"
  | "rate_limited"
  | "source_failed"
  | "unavailable"
  | "timed_out"
  | "storage_full"
  | "internal";

/** Whose fault it is: the person asking, the source of the media, the place it goes to, or Tapedeck. */
export type Fault = "user" | "source" | "destination" | "us";

interface Outcome {
  /** HTTP status, RFC 9110 §15 (507: RFC 4918 §11.5). */
  httpStatus: number;
  /** WebSocket close code: RFC 6455 §7.4.1 where one fits, else 4000–4999 (private use), 4000 + the HTTP status. */
  closeCode: number;
  fault: Fault;
  /** Whether the same request can succeed later with nothing changed by the caller; a job is tried again when it can. */
  retry: boolean;
}

export const OUTCOMES: Readonly<Record<ErrorKind, Outcome>> = {
  invalid: { httpStatus: 400, closeCode: 4400, fault: "user", retry: false },
  unauthenticated: { httpStatus: 401, closeCode: 4401, fault: "user", retry: false },
  forbidden: { httpStatus: 403, closeCode: 4403, fault: "user", retry: false },
  not_found: { httpStatus: 404, closeCode: 4404, fault: "user", retry: false },
  conflict: { httpStatus: 409, closeCode: 4409, fault: "user", retry: false },
  too_large: { httpStatus: 413, closeCode: 1009, fault: "user", retry: false },
  unprocessable: { httpStatus: 422, closeCode: 4422, fault: "source", retry: false },
  rate_limited: { httpStatus: 429, closeCode: 4429, fault: "user", retry: true },
  source_failed: { httpStatus: 502, closeCode: 4502, fault: "source", retry: true },
  unavailable: { httpStatus: 503, closeCode: 1013, fault: "us", retry: true },
  timed_out: { httpStatus: 504, closeCode: 4504, fault: "us", retry: true },
  storage_full: { httpStatus: 507, closeCode: 4507, fault: "us", retry: true },
  internal: { httpStatus: 500, closeCode: 1011, fault: "us", retry: true },
};

export interface AppErrorOptions {
  /** What the log should hold beyond the sentence for the user. Never sent to a client. */
  detail?: string;
  /** Facts a client may act on, sent along (for instance `expectedOffset`). */
  facts?: Record<string, string | number | boolean | null>;
  cause?: unknown;
}

/** An expected failure: a kind, a stable code, and a sentence that may be shown to the user. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly kind: ErrorKind;
  /** Stable, lower case with underscores; clients compare it. */
  readonly code: string;
  readonly detail: string | undefined;
  readonly facts: Record<string, string | number | boolean | null>;

  /** @param message one sentence for the user: what happened and, where there is one, the way on */
  constructor(kind: ErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.detail = options.detail;
    this.facts = options.facts ?? {};
  }

  get outcome(): Outcome {
    return OUTCOMES[this.kind];
  }
}

/** Any thrown value as an AppError; what is not expected becomes `internal`, with nothing of it in the message. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError("internal", "internal", "Something went wrong on the server.", {
    cause: thrown,
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  });
}

/** For what does not exist and for what belongs to somebody else: the two are not told apart. */
export function recordingNotFound(): AppError {
  return new AppError("not_found", "recording_not_found", "There is no such recording.");
}
