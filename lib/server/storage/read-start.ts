/** The beginning of a file, where what it is and how it is coded is said. */
import fs from "node:fs/promises";

/** @returns at most `length` bytes; fewer of a shorter file */
export async function readStart(file: string, length: number): Promise<Buffer> {
  const handle = await fs.open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
