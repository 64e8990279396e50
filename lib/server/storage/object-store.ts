/**
 * Where finished files go that are not to stay on this disk: the port that every object store implements. One suite of
 * tests holds for all of them.
 */
import type { Readable } from "node:stream";
import { AppError } from "@/lib/domain/errors";

/** What a store knows of an object. */
export interface ObjectFacts {
  sizeBytes: number;
  /** SHA-256, hex, that it was stored with; null: it was not stored by us. */
  sha256: string | null;
}

/** A file to be stored. */
export interface StoredFile {
  /** Absolute path. */
  file: string;
  sizeBytes: number;
  /** SHA-256, hex, that the file had when it was finished. */
  sha256: string;
  contentType: string;
}

export interface ObjectStore {
  /**
   * Stores a file and makes sure that the store has exactly its bytes. An object that is there already with them is left
   * as it is. Afterwards the file itself may go.
   *
   * @throws {AppError} unprocessable when the file is not what its digest says; unavailable when the store cannot be
   *   reached or did not keep what it was given
   */
  put(key: string, source: StoredFile, signal?: AbortSignal): Promise<void>;
  /** @returns null when there is no such object @throws {AppError} unavailable */
  head(key: string): Promise<ObjectFacts | null>;
  /**
   * The object's bytes, or a part of them.
   *
   * @param range offsets of the first and the last byte
   * @throws {AppError} not_found; unavailable
   */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** One that is not there is a success. @throws {AppError} unavailable */
  delete(key: string): Promise<void>;
}

/** @throws {AppError} internal for a key that could lead out of where objects are kept */
export function checkKey(key: string): string {
  const isSafe =
    /^[A-Za-z0-9][A-Za-z0-9._/-]{0,900}$/.test(key) &&
    !key.split("/").some((part) => part === "" || /^\.+$/.test(part));
  if (!isSafe) throw new AppError("internal", "object_key_unsafe", "The object has no proper name.", { detail: key });
  return key;
}

export function objectNotFound(key: string): AppError {
  return new AppError("not_found", "object_not_found", "The file is not in the object store.", { detail: key });
}

export function fileChanged(file: string, detail: string): AppError {
  return new AppError("unprocessable", "file_changed", "The file is not what it was when it was finished.", {
    detail: `${file}: ${detail}`,
  });
}

export function storeFailed(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error;
  return new AppError("unavailable", "object_store_failed", "The object store does not answer as it should.", {
    cause: error,
    detail: `${what}: ${(error as Error)?.name ?? ""} ${(error as Error)?.message ?? error}`,
  });
}
