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

/** What is made beside the MP4 of a recording that is there. */
export async function addExtras({ services }: TestServer, id: string): Promise<void> {
  for (const [kind, filename, contentType] of [
    ["poster", "poster.jpg", "image/jpeg"],
    ["strip", "strip.jpg", "image/jpeg"],
    ["strip_vtt", "strip.vtt", "text/vtt"],
    ["m4a", `${id}.m4a`, "audio/mp4"],
    ["hls", "hls.m3u8", "application/vnd.apple.mpegurl"],
    ["mp4v", `${id}.mp4v.mp4`, "video/mp4"],
  ] as const) {
    await writeFile(services.folder.file(id, filename), "file");
    await services.database.output.create({
      data: { recordingId: id, kind, filename, contentType, sizeBytes: 4n, sha256: FINISHED_SHA256 },
    });
  }
}

/** Makes a recording that is there one of a motion JPEG stream. @returns the name of its file in the contract */
export async function addCapture({ services, userId }: TestServer, id: string): Promise<string> {
  const filename = "stream_recording_2026-11-01_10-00-00.mp4";
  await services.database.streamCapture.create({
    data: {
      ...{ id, ownerId: userId, recordingId: id, alias: "20261101_100000", filename, url: "http://192.168.0.2/" },
      ...{ settings: "{}", startAt: new Date(), endedAt: new Date() },
    },
  });
  return filename;
}
