/** A user's webhooks: made, listed, changed, removed; and the log of what was sent to them. */
import { randomBytes, randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/errors";
import { TEST_EVENT, type WebhookEvent } from "@/lib/domain/webhook-events";
import type {
  ChangeWebhookRequest,
  CreatedWebhook,
  CreateWebhookRequest,
  WebhookDeliveryResource,
  WebhookResource,
} from "@/lib/protocol/webhooks";
import type { Principal } from "@/lib/server/auth/authenticate";
import type { Webhook, WebhookDelivery } from "@/lib/server/database/client";
import { Sealer } from "@/lib/server/secrets/sealer";
import type { Services } from "@/lib/server/services";

type Owner = Pick<Principal, "userId">;

const MAX_WEBHOOKS = 50;
const LOG_LENGTH = 100;

/** @returns the webhook with its secret, which cannot be had again @throws {AppError} invalid, conflict */
export async function createWebhook(
  services: Services,
  { userId }: Owner,
  { url, events, description }: CreateWebhookRequest,
): Promise<CreatedWebhook> {
  const { database, config } = services;
  services.outbound.expectHost(new URL(url).hostname);
  if ((await database.webhook.count({ where: { ownerId: userId } })) >= MAX_WEBHOOKS) {
    throw new AppError("conflict", "too_many_webhooks", `There can be at most ${MAX_WEBHOOKS} webhooks.`);
  }
  const id = randomUUID();
  const secret = `tdw_${randomBytes(32).toString("base64url")}`;
  const row = await database.webhook.create({
    data: {
      ...{ id, ownerId: userId, url, description },
      events: [...new Set(events)].join(","),
      secret: new Sealer(config.SECRET).seal(secret, sealedFor(id)),
    },
  });
  return { ...describe(row), secret };
}

export async function listWebhooks({ database }: Services, { userId }: Owner): Promise<WebhookResource[]> {
  const rows = await database.webhook.findMany({ where: { ownerId: userId }, orderBy: { createdAt: "desc" } });
  return rows.map(describe);
}

/** @throws {AppError} not_found, invalid */
export async function changeWebhook(
  services: Services,
  owner: Owner,
  id: string,
  { url, events, description, enabled }: ChangeWebhookRequest,
): Promise<WebhookResource> {
  await findWebhook(services, owner, id);
  if (url !== undefined) services.outbound.expectHost(new URL(url).hostname);
  const row = await services.database.webhook.update({
    where: { id },
    data: {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events: [...new Set(events)].join(",") }),
      ...(description === undefined ? {} : { description }),
      ...(enabled === undefined ? {} : { disabledAt: enabled ? null : new Date() }),
    },
  });
  return describe(row);
}

/** With its log. @throws {AppError} not_found */
export async function removeWebhook({ database }: Services, { userId }: Owner, id: string): Promise<void> {
  const { count } = await database.webhook.deleteMany({ where: { id, ownerId: userId } });
  if (count === 0) throw notFound();
}

/** What was sent last, and what is to be; newest first. @throws {AppError} not_found */
export async function listDeliveries(services: Services, owner: Owner, id: string): Promise<WebhookDeliveryResource[]> {
  await findWebhook(services, owner, id);
  const rows = await services.database.webhookDelivery.findMany({
    where: { webhookId: id },
    orderBy: { createdAt: "desc" },
    take: LOG_LENGTH,
  });
  return rows.map(describeDelivery);
}

/** Sends something, to try it. @throws {AppError} not_found */
export async function testWebhook(services: Services, owner: Owner, id: string): Promise<WebhookDeliveryResource> {
  const webhook = await findWebhook(services, owner, id);
  const deliveryId = randomUUID();
  const body = { id: deliveryId, type: TEST_EVENT, createdAt: new Date().toISOString(), webhookId: webhook.id };
  return describeDelivery(
    await services.database.webhookDelivery.create({
      data: {
        ...{ id: deliveryId, webhookId: id, event: TEST_EVENT, state: "pending" },
        body: JSON.stringify(body),
        nextAttemptAt: new Date(),
      },
    }),
  );
}

/** Sends the same again, from the first attempt on. @throws {AppError} not_found */
export async function redeliver(
  services: Services,
  owner: Owner,
  id: string,
  deliveryId: string,
): Promise<WebhookDeliveryResource> {
  await findWebhook(services, owner, id);
  const { count } = await services.database.webhookDelivery.updateMany({
    where: { id: deliveryId, webhookId: id },
    data: { state: "pending", attempts: 0, nextAttemptAt: new Date() },
  });
  if (count === 0) throw new AppError("not_found", "delivery_not_found", "There is no such delivery.");
  return describeDelivery(await services.database.webhookDelivery.findUniqueOrThrow({ where: { id: deliveryId } }));
}

/** What a secret is sealed for. */
export function sealedFor(webhookId: string): string {
  return `webhook:${webhookId}`;
}

async function findWebhook({ database }: Services, { userId }: Owner, id: string): Promise<Webhook> {
  const row = await database.webhook.findFirst({ where: { id, ownerId: userId } });
  if (row === null) throw notFound();
  return row;
}

function notFound(): AppError {
  return new AppError("not_found", "webhook_not_found", "There is no such webhook.");
}

function describe(row: Webhook): WebhookResource {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events.split(",") as WebhookEvent[],
    enabled: row.disabledAt === null,
    createdAt: row.createdAt.toISOString(),
  };
}

function describeDelivery(row: WebhookDelivery): WebhookDeliveryResource {
  return {
    id: row.id,
    event: row.event,
    state: row.state as WebhookDeliveryResource["state"],
    attempts: row.attempts,
    createdAt: row.createdAt.toISOString(),
    lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    lastStatus: row.lastStatus,
    lastError: row.lastError,
    body: row.body,
  };
}
