/** A file on disk as bytes that can be read anywhere. */
import fs from "node:fs/promises";
import type { ByteSource } from "@/lib/media/byte-source";

export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** @param file absolute path; what is appended after the opening is not seen */
export async function openFileSource(file: string): Promise<FileSource> {
  const handle = await fs.open(file, "r");
  const { size } = await handle.stat();
  let buffer = Buffer.alloc(0);
  return {
    sizeBytes: size,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      if (buffer.length < wanted) buffer = Buffer.allocUnsafe(wanted);
      let filled = 0;
      while (filled < wanted) {
        const { bytesRead } = await handle.read(buffer, filled, wanted - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}
