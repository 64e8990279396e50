/** `/api/v1/webhooks`: addresses that hear what becomes of recordings, and what was sent to them. */
import { z } from "zod";
import { WEBHOOK_EVENTS } from "@/lib/domain/webhook-events";

const instant = z.iso.datetime().meta({ description: "ISO 8601, UTC" });
const url = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .meta({ description: "http or https; what it may be is the administrator's OUTBOUND_NETWORKS" });
const events = z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length);
const description = z.string().max(200);

export const createWebhookRequest = z
  .object({ url, events: events.default([...WEBHOOK_EVENTS]), description: description.default("") })
  .meta({ id: "CreateWebhook" });
export type CreateWebhookRequest = z.infer<typeof createWebhookRequest>;

export const changeWebhookRequest = z
  .object({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: "ChangeWebhook" });
export type ChangeWebhookRequest = z.infer<typeof changeWebhookRequest>;

export const webhookResource = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    events,
    enabled: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: "Webhook" });
export type WebhookResource = z.infer<typeof webhookResource>;

export const createdWebhook = webhookResource
  .extend({
    secret: z.string().meta({ description: "what deliveries are signed with; in this answer and nowhere else" }),
  })
  .meta({ id: "CreatedWebhook" });
export type CreatedWebhook = z.infer<typeof createdWebhook>;

export const webhookDeliveryResource = z
  .object({
    id: z.string(),
    event: z.string(),
    state: z.enum(["pending", "delivered", "failed"]),
    attempts: z.int(),
    createdAt: instant,
    lastAttemptAt: instant.nullable(),
    nextAttemptAt: instant.nullable(),
    lastStatus: z.int().nullable().meta({ description: "of HTTP; null: there was no answer" }),
    lastError: z.string().nullable(),
    body: z.string().meta({ description: "as it is sent" }),
  })
  .meta({ id: "WebhookDelivery" });
export type WebhookDeliveryResource = z.infer<typeof webhookDeliveryResource>;
