/** A finished recording with its files, put there without the worker; what is in them is no media. */
import { writeFile } from "node:fs/promises";
import type { TestServer } from "@/tests/support/server";

export const FINISHED_MP4 = Buffer.from("0123456789".repeat(100));
export const FINISHED_SHA256 = "ab".repeat(32);

/** @returns the id of a recording with a file, a thumbnail and a raw track `video.webm` */
export async function addFinished({ services, ask, token }: TestServer, title: string, by = token): Promise<string> {
  const { body } = await ask("POST", "/api/v1/recordings", { title }, by);
  const id: string = body.id;
  await writeFile(services.folder.file(id, `${id}.mp4`), FINISHED_MP4);
  await writeFile(services.folder.file(id, "thumbnail.jpg"), "jpeg");
  await writeFile(services.folder.file(id, "video.webm"), "raw");
  const output = { sha256: FINISHED_SHA256 };
  await services.database.recording.update({
    where: { id },
    data: {
      state: "ready",
      readyAt: new Date(),
      tracks: { create: { takeNumber: 1, kind: "video", filename: "video.webm", finishedAt: new Date() } },
      outputs: {
        create: [
          { ...output, kind: "mp4", filename: `${id}.mp4`, contentType: "video/mp4", sizeBytes: 1000n },
          { ...output, kind: "thumbnail", filename: "thumbnail.jpg", contentType: "image/jpeg", sizeBytes: 4n },
        ],
      },
    },
  });
  return id;
}
