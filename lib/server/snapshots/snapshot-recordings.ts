/** Recordings of snapshots as rows: begun, found, and what the contract says of them. */
import { recordingNotFound } from "@/lib/domain/errors";
import { isRecordingId, snapshotDownloadFilename } from "@/lib/domain/names";
import type { SnapshotCodec } from "@/lib/protocol/snapshots";
import type { Principal } from "@/lib/server/auth/authenticate";
import type { FocusSession, Prisma } from "@/lib/server/database/client";
import { createRecording } from "@/lib/server/recordings/lifecycle";
import { WITH_PARTS } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";

/** What the video is to be; null and left out: the installation's defaults. */
export interface SnapshotOptions {
  fps?: number | undefined;
  size?: { width: number; height: number } | null | undefined;
  codec?: SnapshotCodec | undefined;
}

const WITH_SNAPSHOTS = { ...WITH_PARTS, snapshots: { include: { session: true } } } as const;
type Row = Prisma.RecordingGetPayload<{ include: typeof WITH_SNAPSHOTS }>;
export type SnapshotRecordingRow = Row & { snapshots: NonNullable<Row["snapshots"]> };

/** Begins a recording of a session's snapshots. @returns its id @throws {AppError} storage_full */
export async function createSnapshotRecording(
  services: Services,
  principal: Pick<Principal, "userId">,
  session: FocusSession,
  { fps, size, codec }: SnapshotOptions,
): Promise<string> {
  const { config } = services;
  const { width, height } = size ?? config.SNAPSHOT_RESOLUTION ?? { width: null, height: null };
  const title = [session.name, session.subject].filter(Boolean).join(" – ");
  return createRecording(
    services,
    principal,
    { title: title.slice(0, 200), tracks: ["video"] },
    {
      source: "snapshots",
      retentionHours: config.SNAPSHOT_RETENTION_DAYS === 0 ? null : config.SNAPSHOT_RETENTION_DAYS * 24,
      compileRequestedAt: new Date(),
      snapshots: {
        create: {
          sessionId: session.id,
          fps: fps ?? config.SNAPSHOT_FPS,
          ...{ width, height },
          codec: codec ?? config.SNAPSHOT_CODEC,
          filename: snapshotDownloadFilename(session.id, new Date()),
        },
      },
    },
  );
}

/** @throws {AppError} not_found also for a recording of something else */
export async function findSnapshotRecording(
  { database }: Services,
  { userId }: Pick<Principal, "userId">,
  recordingId: string,
): Promise<SnapshotRecordingRow> {
  const row = isRecordingId(recordingId)
    ? await database.recording.findFirst({
        where: { id: recordingId, ownerId: userId, deletedAt: null, source: "snapshots" },
        include: WITH_SNAPSHOTS,
      })
    : null;
  if (row === null || row.snapshots === null) throw recordingNotFound();
  return row as SnapshotRecordingRow;
}

/** The principal's recordings of snapshots, newest first. */
export async function listSnapshotRecordings(
  { database }: Services,
  { userId }: Pick<Principal, "userId">,
  where: { sessionId?: string; state?: string } = {},
): Promise<SnapshotRecordingRow[]> {
  const { sessionId, state } = where;
  const rows = await database.recording.findMany({
    where: {
      ownerId: userId,
      deletedAt: null,
      source: "snapshots",
      snapshots: sessionId === undefined ? { isNot: null } : { sessionId },
      ...(state === undefined ? {} : { state }),
    },
    include: WITH_SNAPSHOTS,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  return rows as SnapshotRecordingRow[];
}

/** Notes at which media time the session ended. */
export async function noteSnapshotsEnd({ database }: Services, recordingId: string, endMs: number): Promise<void> {
  await database.snapshotRecording.updateMany({ where: { recordingId }, data: { endMs } });
}

/** How many frames a video of so many milliseconds has. At least one. */
export function frameCount(durationMs: number, fps: number): number {
  return Math.max(1, Math.round((durationMs * fps) / 1000));
}
