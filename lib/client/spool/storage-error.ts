/** Turns what the browser's stores throw into the one class of errors. */
import { AppError } from "@/lib/domain/errors";

/** @param thrown by OPFS or IndexedDB; an AppError stays as it is */
export function storageError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const name = thrown instanceof Error ? thrown.name : "";
  const options = { cause: thrown, detail: thrown instanceof Error ? `${name}: ${thrown.message}` : String(thrown) };
  if (name === "QuotaExceededError") {
    return new AppError("storage_full", "spool_full", "This browser has no room left for recordings.", options);
  }
  return new AppError("unavailable", "spool_unavailable", "This browser does not let recordings be stored.", options);
}

/** The browser does not have the bytes (any more). */
export function bytesMissing(): AppError {
  return new AppError("not_found", "spool_lost", "The browser no longer has bytes that the server is waiting for.");
}
