/**
 * Finds recordings for somebody. Every path to a recording's data or media goes through {@link findOwned}: what
 * belongs to another is answered as if it did not exist.
 */
import { recordingNotFound } from "@/lib/domain/errors";
import { foldForSearch, isRecordingId } from "@/lib/domain/names";
import type { ListRecordingsQuery, RecordingList } from "@/lib/protocol/recordings";
import type { Principal } from "@/lib/server/auth/authenticate";
import type { Viewer } from "@/lib/server/auth/share-access";
import type { Prisma } from "@/lib/server/database/client";
import { describeRecording } from "@/lib/server/recordings/describe";
import { type RecordingWithParts, WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";

/**
 * The recording, if the principal may reach it.
 *
 * @throws {AppError} not_found when it does not exist, is being deleted, or belongs to another
 */
export async function findOwned(
  { database }: Services,
  principal: Pick<Principal, "userId">,
  recordingId: string,
): Promise<RecordingWithParts> {
  const recording = isRecordingId(recordingId)
    ? await database.recording.findFirst({
        where: { id: recordingId, ownerId: principal.userId, deletedAt: null },
        include: WITH_PARTS,
      })
    : null;
  if (recording === null) throw recordingNotFound();
  return recording;
}

/**
 * The recording, if the viewer may see it: its owner, or whoever has a share link to it.
 *
 * @throws {AppError} not_found as {@link findOwned}, and for a link to another recording
 */
export async function findViewable(
  services: Services,
  viewer: Viewer,
  recordingId: string,
): Promise<RecordingWithParts> {
  if (viewer.via !== "share") return findOwned(services, viewer, recordingId);
  if (viewer.recordingId !== recordingId) throw recordingNotFound();
  return findOwned(services, { userId: viewer.ownerId }, recordingId);
}

const ORDER: Record<ListRecordingsQuery["sort"], Prisma.RecordingOrderByWithRelationInput[]> = {
  newest: [{ createdAt: "desc" }, { id: "desc" }],
  oldest: [{ createdAt: "asc" }, { id: "asc" }],
  title: [{ titleFolded: "asc" }, { id: "asc" }],
  longest: [{ durationMs: { sort: "desc", nulls: "last" } }, { id: "asc" }],
  largest: [{ sizeBytes: "desc" }, { id: "asc" }],
};

/** A page of the principal's recordings. */
export async function listOwned(
  services: Services,
  principal: Pick<Principal, "userId">,
  { q, sort, limit, cursor }: ListRecordingsQuery,
): Promise<RecordingList> {
  const { database } = services;
  const words = foldForSearch(q ?? "")
    .split(" ")
    .filter(Boolean);
  const where: Prisma.RecordingWhereInput = {
    ownerId: principal.userId,
    deletedAt: null,
    AND: words.map((word) => ({ titleFolded: { contains: word } })),
  };
  const [rows, total] = await Promise.all([
    database.recording.findMany({
      where,
      include: WITH_PARTS,
      orderBy: ORDER[sort],
      take: limit + 1,
      ...(cursor === undefined ? {} : { cursor: { id: cursor }, skip: 1 }),
    }),
    database.recording.count({ where }),
  ]);
  const page = rows.slice(0, limit);
  return {
    recordings: page.map((row) => describeRecording(services, row)),
    nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    total,
  };
}
