/** A camera with a segment and a picture, put there without a worker; what is in them is no media. */
import { writeFile } from "node:fs/promises";
import { segmentFilename } from "@/lib/domain/camera-names";
import type { TestServer } from "@/tests/support/server";

export interface Footage {
  startedAt: Date;
  endedAt: Date;
  /** Of the segment. */
  filename: string;
}

/** @param id of the camera that is made */
export async function makeFootage({ services, userId }: TestServer, id: string): Promise<Footage> {
  const { cameras, database } = services;
  const [startedAt, endedAt] = [new Date("2026-11-01T10:00:00Z"), new Date("2026-11-01T11:00:00Z")];
  const filename = segmentFilename(startedAt.getTime());
  const picture = filename.replace(/\.ts$/, ".jpg");
  await cameras.create(id);
  await writeFile(cameras.file(id, filename), "footage");
  await writeFile(cameras.thumbnail(id, picture), "jpeg");
  const segment = {
    ...{ id, filename, startedAt, endedAt, durationMs: 3_600_000 },
    ...{ sizeBytes: 7n, sha256: "cd".repeat(32) },
  };
  await database.camera.create({
    data: {
      ...{ id, ownerId: userId, name: "Gate", rtspUrl: "rtsp://192.168.0.2/", settings: "{}", startedAt },
      segments: { create: segment },
      thumbnails: { create: { at: startedAt, filename: picture, sizeBytes: 4 } },
    },
  });
  return { startedAt, endedAt, filename };
}
