/** A file that was made in the work folder, as a row of it will be. */
import fs from "node:fs/promises";
import type { MadeOutput } from "@/lib/server/recordings/compilation";
import { sha256OfFile } from "@/lib/server/storage/recordings-folder";

/** @param about what the file does not say by itself */
export async function describeFile(
  workFile: string,
  about: Pick<MadeOutput, "kind" | "filename" | "contentType"> & Partial<MadeOutput>,
): Promise<MadeOutput> {
  const { size } = await fs.stat(workFile);
  return {
    ...{ durationMs: null, width: null, height: null, videoCodec: null, audioCodec: null },
    ...about,
    ...{ workFile, sizeBytes: BigInt(size), sha256: await sha256OfFile(workFile) },
  };
}
