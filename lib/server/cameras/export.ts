/** Makes a recording in the library of a stretch of what a camera sent; a worker writes its file as it compiles others. */
import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import { foldForSearch } from "@/lib/domain/names";
import type { ExportRequest } from "@/lib/protocol/cameras";
import type { Principal } from "@/lib/server/auth/authenticate";
import { findOwnedCamera } from "@/lib/server/cameras/find";
import { rangeOf, timeline } from "@/lib/server/cameras/segments";
import { enqueue } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { expectRoomToCompile } from "@/lib/server/storage/space";
import { limitBytes, usedBytes } from "@/lib/server/users/accounts";

const MAX_EXPORT_MS = 24 * 3_600_000;

/**
 * @returns id of the new recording
 * @throws {AppError} not_found; invalid; conflict when nothing was recorded then; storage_full
 */
export async function exportRange(
  services: Services,
  principal: Pick<Principal, "userId">,
  cameraId: string,
  request: ExportRequest,
): Promise<string> {
  const { database, folder, config, log, changes } = services;
  const camera = await findOwnedCamera(services, principal, cameraId);
  const range = rangeOf(request);
  if (range.to.getTime() - range.from.getTime() > MAX_EXPORT_MS) {
    throw new AppError("invalid", "invalid_range", "A day can be exported at a time.");
  }
  const { spans, bytes } = await timeline(services, camera, range);
  if (spans.length === 0) throw new AppError("conflict", "nothing_recorded", "Nothing was recorded in this time.");
  await folder.confirm();
  await expectRoomToCompile(services);
  const owner = await database.user.findUniqueOrThrow({ where: { id: principal.userId } });
  const limit = limitBytes(owner, config);
  if (limit !== null && (await usedBytes(services, owner.id)) >= limit) {
    throw new AppError("storage_full", "quota_exceeded", "Your storage is full. Delete recordings to make room.");
  }
  const id = randomUUID();
  const now = new Date();
  const title = request.title || `${camera.name} ${range.from.toISOString().slice(0, 16).replace("T", " ")}`;
  await folder.create(id);
  await database.recording.create({
    data: {
      ...{ id, ownerId: owner.id, title, titleFolded: foldForSearch(title), source: "camera", state: "stopped" },
      ...{ expectedTracks: "", createdAt: now, lastByteAt: now, stoppedAt: now, compileRequestedAt: now },
      takes: { create: { number: 1, startedAt: range.from } },
      cameraExport: { create: { cameraId, fromAt: range.from, toAt: range.to } },
    },
  });
  log.info({ recordingId: id, cameraId, bytes }, "export of a camera asked for");
  await enqueue(services, id, now);
  changes.publish({ kind: "changed", recordingId: id, ownerId: owner.id });
  return id;
}
