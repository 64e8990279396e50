/** Makes what was written durable: the bytes of a file, and the entries of the folder that it is in. */
import fs from "node:fs/promises";

/** Of a file that somebody else has written and closed. */
export function syncFile(file: string): Promise<void> {
  return sync(file, "r+");
}

/**
 * Without it, a power cut can lose a file whose bytes were synced.
 *
 * @param folder path of the folder itself, not of the file in it
 */
export function syncFolder(folder: string): Promise<void> {
  return sync(folder, "r");
}

async function sync(path: string, flags: string): Promise<void> {
  const handle = await fs.open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
