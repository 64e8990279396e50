/**
 * Makes deliveries of what has changed. The row of a recording carries what was last told of it, so nothing is lost by a
 * crash, or by a message that was: deliveries first, under ids made from what they tell, then the mark. Doing it twice
 * adds nothing.
 */
import { createHash } from "node:crypto";
import { eventsBetween, type WebhookEvent } from "@/lib/domain/webhook-events";
import type { StorageStatus } from "@/lib/protocol/recordings";
import type { Prisma } from "@/lib/server/database/client";
import type { Services } from "@/lib/server/services";

const BATCH = 100;
const WITH_GAPS = { gaps: { orderBy: { fromMs: "asc" }, take: 100 } } as const;
type Row = Prisma.RecordingGetPayload<{ include: typeof WITH_GAPS }>;

/**
 * Tells of recordings that are in another state than was told.
 *
 * @param recordingId this one alone; left out: all
 * @returns ids of the deliveries that are to be made
 */
export async function announceRecordings(
  { database }: Pick<Services, "database">,
  recordingId?: string,
): Promise<string[]> {
  const made: string[] = [];
  for (;;) {
    const rows = await database.recording.findMany({
      where: {
        deletedAt: null,
        ...(recordingId === undefined ? {} : { id: recordingId }),
        OR: [{ announcedState: null }, { NOT: { announcedState: { equals: database.recording.fields.state } } }],
      },
      include: WITH_GAPS,
      orderBy: { createdAt: "asc" },
      take: BATCH,
    });
    for (const row of rows) {
      for (const event of eventsBetween(row.announcedState, row.state, row.gaps.length > 0)) {
        made.push(
          ...(await addDeliveries(database, [row.ownerId], event, stampOf(row, event), { recording: about(row) })),
        );
      }
      // Not when it has moved on meanwhile: then it is looked at again.
      await database.recording.updateMany({
        where: { id: row.id, state: row.state, announcedState: row.announcedState },
        data: { announcedState: row.state },
      });
    }
    if (rows.length < BATCH) return made;
  }
}

/** Tells administrators that there is little room on the server's disk. */
export async function announceStorage(
  { database }: Pick<Services, "database">,
  status: StorageStatus,
): Promise<string[]> {
  if (status.state === "ok") return [];
  const admins = await database.user.findMany({ where: { role: "admin", disabledAt: null }, select: { id: true } });
  const stamp = `storage ${status.state} ${new Date().toISOString()}`;
  const ids = admins.map(({ id }) => id);
  return addDeliveries(database, ids, "storage.low", stamp, { storage: status });
}

async function addDeliveries(
  database: Services["database"],
  ownerIds: string[],
  event: WebhookEvent,
  stamp: string,
  content: object,
): Promise<string[]> {
  const webhooks = await database.webhook.findMany({ where: { ownerId: { in: ownerIds }, disabledAt: null } });
  const made: string[] = [];
  for (const { id: webhookId } of webhooks.filter(({ events }) => events.split(",").includes(event))) {
    const id = createHash("sha256").update(`${webhookId} ${event} ${stamp}`).digest("hex").slice(0, 32);
    const now = new Date();
    const body = JSON.stringify({ id, type: event, createdAt: now.toISOString(), ...content });
    await database.webhookDelivery.upsert({
      where: { id },
      create: { id, webhookId, event, body, state: "pending", nextAttemptAt: now },
      update: {},
    });
    made.push(id);
  }
  return made;
}

/** What makes one telling of the same another: when it came to be so. */
function stampOf(
  { id, createdAt, stoppedAt, readyAt, compileRequestedAt, lastByteAt, announcedState }: Row,
  event: WebhookEvent,
) {
  const at = {
    "recording.started": announcedState === null ? createdAt : lastByteAt,
    "recording.stopped": stoppedAt,
    "recording.ready": readyAt,
    "recording.gap": readyAt,
    "recording.failed": compileRequestedAt,
    "storage.low": createdAt,
  }[event];
  return `${id} ${at?.getTime() ?? 0}`;
}

function about(row: Row) {
  return {
    id: row.id,
    title: row.title,
    source: row.source,
    state: row.state,
    createdAt: row.createdAt.toISOString(),
    stoppedAt: row.stoppedAt?.toISOString() ?? null,
    readyAt: row.readyAt?.toISOString() ?? null,
    durationMs: row.durationMs,
    sizeBytes: Number(row.sizeBytes),
    failure: row.failureCode === null ? null : { code: row.failureCode, message: row.failureMessage },
    gaps: row.gaps.map(({ kind, fromMs, toMs, code, cause }) => ({ kind, fromMs, toMs, code, cause })),
    url: `/api/v1/recordings/${row.id}`,
  };
}
