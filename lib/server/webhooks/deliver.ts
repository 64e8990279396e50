/** Makes one attempt of one delivery. The row says whether there is anything to do; a job is a hint. */
import { toAppError } from "@/lib/domain/errors";
import { backOffAfter, MAX_ATTEMPTS } from "@/lib/domain/webhook-events";
import { guardedRequest } from "@/lib/server/outbound/guarded-request";
import type { OutboundGuard } from "@/lib/server/outbound/outbound-guard";
import { Sealer } from "@/lib/server/secrets/sealer";
import type { Services } from "@/lib/server/services";
import { SIGNATURE_HEADER, signDelivery } from "@/lib/server/webhooks/sign";
import { sealedFor } from "@/lib/server/webhooks/webhooks";

const TIMEOUT_MS = 10_000;

/** @returns when the next attempt is due; null: there is none */
export async function attemptDelivery(services: Services, guard: OutboundGuard, id: string): Promise<Date | null> {
  const { database, log } = services;
  const row = await database.webhookDelivery.findUnique({ where: { id }, include: { webhook: true } });
  if (row === null || row.state !== "pending") return null;
  const now = new Date();
  if (row.nextAttemptAt !== null && row.nextAttemptAt > now) return row.nextAttemptAt;
  const attempts = row.attempts + 1;
  const waitMs = backOffAfter(attempts);
  const nextAttemptAt = waitMs === null ? null : new Date(now.getTime() + waitMs);
  // Of two that come at the same time one finds it taken; and a worker that dies now has made an attempt.
  const { count } = await database.webhookDelivery.updateMany({
    where: { id, state: "pending", attempts: row.attempts },
    data: { attempts, lastAttemptAt: now, nextAttemptAt: nextAttemptAt ?? new Date(now.getTime() + 2 * TIMEOUT_MS) },
  });
  if (count === 0) return null;
  const { status, error } = await post(services, guard, row);
  const isDelivered = error === null;
  const isOver = isDelivered || attempts >= MAX_ATTEMPTS;
  await database.webhookDelivery.updateMany({
    where: { id, state: "pending", attempts },
    data: {
      lastStatus: status,
      lastError: error,
      ...(isOver ? { state: isDelivered ? "delivered" : "failed", nextAttemptAt: null } : {}),
    },
  });
  log.info({ delivery: id, webhook: row.webhookId, event: row.event, status, error, attempts }, "webhook");
  return isOver ? null : nextAttemptAt;
}

interface Sendable {
  id: string;
  event: string;
  body: string;
  webhook: { id: string; url: string; secret: string };
}

/** @returns what is wrong, in words; null: it was taken */
async function post(
  { config }: Services,
  guard: OutboundGuard,
  { id, event, body, webhook }: Sendable,
): Promise<{ status: number | null; error: string | null }> {
  try {
    const secret = new Sealer(config.SECRET).open(webhook.secret, sealedFor(webhook.id));
    const { response } = await guardedRequest(guard, webhook.url, {
      method: "POST",
      body,
      timeoutMs: TIMEOUT_MS,
      headers: {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
        "User-Agent": `Tapedeck/${config.version}`,
        "Tapedeck-Event": event,
        "Tapedeck-Delivery": id,
        [SIGNATURE_HEADER]: signDelivery(secret, Math.floor(Date.now() / 1000), body),
      },
    });
    // Nobody reads the answer.
    response.destroy();
    const status = response.statusCode ?? 0;
    return { status, error: status >= 200 && status < 300 ? null : `The receiver answered with ${status}.` };
  } catch (error) {
    return { status: null, error: toAppError(error).message };
  }
}

/** Deliveries whose time has come; what a lost job has left behind is among them. */
export async function dueDeliveries({ database }: Services): Promise<string[]> {
  const rows = await database.webhookDelivery.findMany({
    where: { state: "pending", nextAttemptAt: { lte: new Date() } },
    orderBy: { nextAttemptAt: "asc" },
    take: 500,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** Removes what was delivered, or given up, more than so many days ago. @returns how many */
export async function forgetDeliveries({ database }: Services, days: number): Promise<number> {
  const before = new Date(Date.now() - days * 86_400_000);
  const where = { state: { not: "pending" }, createdAt: { lt: before } };
  return (await database.webhookDelivery.deleteMany({ where })).count;
}
