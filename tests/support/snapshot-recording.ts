/** A recording of snapshots, put there without a page; what is in its track is no picture. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { snapshotCluster, snapshotTrackHead } from "@/lib/media/snapshot-track";
import type { TestServer } from "@/tests/support/server";

/** Makes one of a recording that is there, with one picture in its track. */
export async function makeSnapshots({ services, userId }: TestServer, id: string): Promise<void> {
  const { database, folder } = services;
  const cluster = snapshotCluster({ atMs: 0, sequence: 1, capturedMs: 0, arrivedMs: Date.now() }, Buffer.from("jpeg"));
  const track = Buffer.concat([snapshotTrackHead({ width: 64, height: 48 }), ...cluster.pieces]);
  await writeFile(folder.file(id, "video.webm"), track);
  const sessionId = randomUUID();
  await database.focusSession.create({ data: { id: sessionId, ownerId: userId, name: "", subject: "" } });
  await database.recording.update({
    where: { id },
    data: {
      source: "snapshots",
      snapshots: { create: { sessionId, fps: 30, codec: "avc1", filename: "session.mp4" } },
    },
  });
}
