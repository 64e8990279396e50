/** Takes up a track of snapshots that an earlier process wrote: cuts what a crash tore, and tells what is in it. */
import fs from "node:fs/promises";
import type { ByteSource } from "@/lib/media/byte-source";
import { readSnapshotTrack, type StoredSnapshot } from "@/lib/media/snapshot-track";

/**
 * Only for the process that holds the recordings, and while nobody else has the track open. What is cut off was never
 * acknowledged: a source that has it sends it again.
 *
 * @param file absolute path; one that is not there is an empty track
 */
export async function resumeSnapshotTrack(file: string): Promise<StoredSnapshot[]> {
  const handle = await fs.open(file, "r+").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  const snapshots: StoredSnapshot[] = [];
  if (handle === null) return snapshots;
  try {
    const { size } = await handle.stat();
    const wholeBytes = await readSnapshotTrack(handleSource(handle, size), (snapshot) => snapshots.push(snapshot));
    if (wholeBytes < size) {
      await handle.truncate(wholeBytes);
      await handle.datasync();
    }
    return snapshots;
  } finally {
    await handle.close();
  }
}

function handleSource(handle: fs.FileHandle, sizeBytes: number): ByteSource {
  return {
    sizeBytes,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
}
