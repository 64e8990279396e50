/** What lies in a recording's folder, without following links. */
import fs from "node:fs/promises";
import path from "node:path";

export interface Entry {
  name: string;
  kind: "file" | "folder" | "other";
  sizeBytes: number;
}

/** @returns null when there is no such folder */
export async function listFolder(folder: string): Promise<Map<string, Entry> | null> {
  const names = await orNull(fs.readdir(folder));
  if (names === null) return null;
  const entries = new Map<string, Entry>();
  for (const name of names) {
    const facts = await orNull(fs.lstat(path.join(folder, name)));
    // It went away between the two calls.
    if (facts === null) continue;
    const kind = facts.isFile() ? "file" : facts.isDirectory() ? "folder" : "other";
    entries.set(name, { name, kind, sizeBytes: facts.size });
  }
  return entries;
}

/** When anything at or below a path was last changed, milliseconds since the epoch; null: it is not there. */
export async function lastChangedMs(file: string): Promise<number | null> {
  const facts = await orNull(fs.lstat(file));
  if (facts === null) return null;
  let newest = facts.mtimeMs;
  if (facts.isDirectory()) {
    for (const name of (await orNull(fs.readdir(file))) ?? []) {
      newest = Math.max(newest, (await lastChangedMs(path.join(file, name))) ?? 0);
    }
  }
  return newest;
}

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
