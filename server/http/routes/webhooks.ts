/** `/api/v1/webhooks`: a user's webhooks, and what was sent to them. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeWebhookRequest,
  createdWebhook,
  createWebhookRequest,
  webhookDeliveryResource,
  webhookResource,
} from "@/lib/protocol/webhooks";
import { WebhookQueue } from "@/lib/server/queue/webhook-queue";
import {
  changeWebhook,
  createWebhook,
  listDeliveries,
  listWebhooks,
  redeliver,
  removeWebhook,
  testWebhook,
} from "@/lib/server/webhooks/webhooks";
import { type Api, type ApiContext, body, failures, json, signedIn } from "@/server/http/api";

const tags = ["Webhooks"];
const middleware = signedIn;
const params = z.object({ webhookId: z.string() });
const deliveryParams = params.extend({ deliveryId: z.string() });
const delivery = { 202: { description: "It will be sent", content: json(webhookDeliveryResource) }, ...failures };

export function addWebhooks(api: Api, { services }: ApiContext): void {
  const queue = new WebhookQueue(services.redis);
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/webhooks",
      summary: "List your webhooks",
      tags,
      middleware,
      responses: { 200: { description: "Webhooks", content: json(z.array(webhookResource)) }, ...failures },
    }),
    async (c) => c.json(await listWebhooks(services, c.get("principal")), 200),
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/webhooks",
      summary: "Add a webhook",
      description: "Each delivery is a POST of JSON, signed with the secret that is in this answer and nowhere else.",
      tags,
      middleware,
      request: { body: body(createWebhookRequest) },
      responses: { 201: { description: "The webhook, with its secret", content: json(createdWebhook) }, ...failures },
    }),
    async (c) => c.json(await createWebhook(services, c.get("principal"), c.req.valid("json")), 201),
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/api/v1/webhooks/{webhookId}",
      summary: "Change a webhook, or switch it off",
      tags,
      middleware,
      request: { params, body: body(changeWebhookRequest) },
      responses: { 200: { description: "The webhook", content: json(webhookResource) }, ...failures },
    }),
    async (c) =>
      c.json(
        await changeWebhook(services, c.get("principal"), c.req.valid("param").webhookId, c.req.valid("json")),
        200,
      ),
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/webhooks/{webhookId}",
      summary: "Remove a webhook with its log",
      tags,
      middleware,
      request: { params },
      responses: { 204: { description: "It is gone" }, ...failures },
    }),
    async (c) => {
      await removeWebhook(services, c.get("principal"), c.req.valid("param").webhookId);
      return c.body(null, 204);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/webhooks/{webhookId}/test",
      summary: "Send something to a webhook, to try it",
      tags,
      middleware,
      request: { params },
      responses: delivery,
    }),
    async (c) => {
      const made = await testWebhook(services, c.get("principal"), c.req.valid("param").webhookId);
      await queue.add(made.id);
      return c.json(made, 202);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/webhooks/{webhookId}/deliveries",
      summary: "What was sent to a webhook, newest first",
      tags,
      middleware,
      request: { params },
      responses: {
        200: { description: "The last hundred", content: json(z.array(webhookDeliveryResource)) },
        ...failures,
      },
    }),
    async (c) => c.json(await listDeliveries(services, c.get("principal"), c.req.valid("param").webhookId), 200),
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver",
      summary: "Send the same again",
      tags,
      middleware,
      request: { params: deliveryParams },
      responses: delivery,
    }),
    async (c) => {
      const { webhookId, deliveryId } = c.req.valid("param");
      const again = await redeliver(services, c.get("principal"), webhookId, deliveryId);
      await queue.add(again.id);
      return c.json(again, 202);
    },
  );
}
