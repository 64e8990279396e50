/**
 * Only one process appends to tracks: the one that holds this lock of the recordings folder. It is a lock of the
 * operating system (SQLite takes it with fcntl), so it ends with its process whatever way that ends: after `kill -9` the
 * next one had it 6 ms later.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { StartError } from "@/lib/server/process-life";

const LOCK_FILE = ".writer.lock";
/** Who has it, in words: the lock itself cannot be read while it is held. */
const HOLDER_FILE = ".writer.json";

const POLL_MS = 100;
/** A server that was asked to end has 12 s for it (process-life.ts); then it is gone. */
const PATIENCE_MS = 15_000;

export interface WriterLock {
  release(): void;
}

/**
 * Takes the lock, and waits for one that is just letting go.
 *
 * @param root the recordings folder
 * @param patienceMs longest wait
 * @throws {StartError} naming the process that has it
 */
export async function takeWriterLock(root: string, patienceMs = PATIENCE_MS): Promise<WriterLock> {
  const waitUntilMs = performance.now() + patienceMs;
  for (;;) {
    const lock = tryLock(path.join(root, LOCK_FILE));
    if (lock !== null) {
      writeFileSync(path.join(root, HOLDER_FILE), holder(), { mode: 0o640 });
      return { release: () => lock.close() };
    }
    if (performance.now() >= waitUntilMs) throw new StartError(refusal(root));
    await pause(POLL_MS);
  }
}

/** @returns null when another has it */
function tryLock(file: string): Sqlite.Database | null {
  const database = new Sqlite(file, { timeout: 0 });
  try {
    // Nothing is ever written into it: a journal would only be one more file to be left behind.
    database.pragma("journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY")) return null;
    throw error;
  }
}

function holder(): string {
  return `${JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() })}\n`;
}

function refusal(root: string): string {
  let who = "another process";
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path.join(root, HOLDER_FILE), "utf8"));
    who = `process ${pid} on ${host}, running since ${since}`;
  } catch {
    // It is just being written.
  }
  return `The recordings in ${root} are being written by another server: ${who}. Only one may; end it first.`;
}
