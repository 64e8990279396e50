/** Makes a recording that is a part of another one; compiling it cuts it out. */
import { randomUUID } from "node:crypto";
import { cutWithin, MIN_CUT_MS } from "@/lib/domain/cut";
import { AppError } from "@/lib/domain/errors";
import { foldForSearch } from "@/lib/domain/names";
import type { TrimRequest } from "@/lib/protocol/extras";
import type { Principal } from "@/lib/server/auth/authenticate";
import { findOwned } from "@/lib/server/recordings/find";
import { enqueue, expectQuota } from "@/lib/server/recordings/lifecycle";
import type { Services } from "@/lib/server/services";
import { expectRoomToCompile } from "@/lib/server/storage/space";

/**
 * @returns id of the new recording, which is compiled now
 * @throws {AppError} not_found; conflict while the original is not ready; invalid when nothing of it lies between the
 *   two places; storage_full when the disk or the user's quota leaves no room
 */
export async function createCut(
  services: Services,
  principal: Pick<Principal, "userId">,
  originalId: string,
  { fromMs, toMs, mode, title: wanted }: TrimRequest,
): Promise<string> {
  const { database, folder, log, changes } = services;
  const original = await findOwned(services, principal, originalId);
  if (original.state !== "ready" || original.durationMs === null) {
    throw new AppError("conflict", "not_ready", "The recording is not ready yet.", {
      facts: { state: original.state },
    });
  }
  const span = cutWithin({ fromMs, toMs }, original.durationMs);
  if (span === null) {
    throw new AppError("invalid", "nothing_left", `There must be ${MIN_CUT_MS} ms between the two places at least.`);
  }
  await folder.confirm();
  await expectRoomToCompile(services);
  await expectQuota(services, original.owner);
  const id = randomUUID();
  const now = new Date();
  const title = wanted || `${original.title} (part)`;
  await folder.create(id);
  await database.recording.create({
    data: {
      ...{ id, ownerId: original.ownerId, title, titleFolded: foldForSearch(title), source: original.source },
      ...{ state: "stopped", expectedTracks: "", createdAt: now, stoppedAt: now, compileRequestedAt: now },
      compileSettings: original.compileSettings,
      takes: { create: { number: 1, startedAt: now } },
      cut: { create: { originalId, mode, ...span } },
    },
  });
  log.info({ recordingId: id, originalId, ...span, mode }, "part of a recording asked for");
  await enqueue(services, id, now);
  changes.publish({ kind: "changed", recordingId: id, ownerId: original.ownerId });
  return id;
}
