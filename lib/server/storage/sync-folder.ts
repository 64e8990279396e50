/** Makes the entries of a folder durable: without it, a power cut can lose a file whose bytes were synced. */
import fs from "node:fs/promises";

/** @param folder path of the folder itself, not of the file in it */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
