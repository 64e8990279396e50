/** How large a snapshot of a track is. */
import fs from "node:fs/promises";
import { readJpeg } from "@/lib/media/jpeg";
import type { PictureSize } from "@/lib/media/picture-size";
import type { StoredSnapshot } from "@/lib/media/snapshot-track";

/** What is in the track was let in by the server; FFmpeg has limits of its own. */
const ANY_SIZE = { maxBytes: Number.POSITIVE_INFINITY, maxPixels: Number.POSITIVE_INFINITY };

/** @throws {AppError} unprocessable when it is no JPEG */
export async function readJpegSize(file: string, { offset, sizeBytes }: StoredSnapshot): Promise<PictureSize> {
  const handle = await fs.open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(sizeBytes), 0, sizeBytes, offset);
    return readJpeg(buffer.subarray(0, bytesRead), ANY_SIZE);
  } finally {
    await handle.close();
  }
}
