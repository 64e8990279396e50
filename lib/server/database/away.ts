/** A database that is away for a while: how to tell, what to say, and how to wait for it. */
import { setTimeout as pause } from "node:timers/promises";
import { AppError, toAppError } from "@/lib/domain/errors";

/** Longest wait; sources wait up to five minutes for the answer to their `finish` (lib/client/upload/uploader.ts). */
const PATIENCE_MS = 120_000;
const POLL_MS = 500;

/** Prisma's codes for a database that cannot be reached, is too busy, or has closed the connection. */
const AWAY_CODES = new Set(["P1001", "P1002", "P1008", "P1017", "P2024", "P2028"]);
/** PostgreSQL's: class 57 (it is shutting down or starting), class 08 (connection exceptions), 53300 (too many connections). */
const AWAY_SQLSTATES = /\b(57P0[123]|080\d\d|53300)\b/;
const AWAY_WORDS =
  /Connection terminated|Query read timeout|timeout exceeded when trying to connect|ECONNREFUSED|ECONNRESET|EPIPE|the database system is (starting|shutting)/;
/** SQLITE_FULL; on PostgreSQL 53100. */
const FULL_WORDS = /database or disk is full|SQLITE_FULL|\b53100\b/;

export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof AppError) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && AWAY_CODES.has(code)) return true;
  const words = `${error.message} ${facts(error)}`;
  return AWAY_SQLSTATES.test(words) || AWAY_WORDS.test(words);
}

/** Any thrown value as an AppError; a database that is away or full is not a mistake of ours, but a reason to come back. */
export function toServerError(thrown: unknown): AppError {
  if (isDatabaseAway(thrown)) {
    return new AppError("unavailable", "database_away", "The server cannot reach its database. It tries again.", {
      cause: thrown,
    });
  }
  if (
    thrown instanceof Error &&
    !(thrown instanceof AppError) &&
    FULL_WORDS.test(`${thrown.message} ${facts(thrown)}`)
  ) {
    return new AppError("storage_full", "disk_full", "The server's disk is full.", { cause: thrown });
  }
  return toAppError(thrown);
}

/**
 * Does something in the database, again and again while it is away.
 *
 * @param work may be done more than once
 * @param options.signal ends the waiting
 * @throws {AppError} unavailable when the database did not come back in time; what `work` throws for other reasons
 */
export async function whenDatabaseIsBack<T>(
  work: () => Promise<T>,
  { patienceMs = PATIENCE_MS, signal }: { patienceMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      if (signal?.aborted || performance.now() + POLL_MS > giveUpAtMs) throw toServerError(error);
      await pause(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** What the driver said, as Prisma hands it on. */
function facts(error: Error): string {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: unknown } } };
  return JSON.stringify(meta?.driverAdapterError?.cause ?? "");
}
