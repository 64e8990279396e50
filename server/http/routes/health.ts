/** `/api/health` (the process lives), `/api/ready` (it can do its work) and `/metrics`. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Services } from "@/lib/server/services";
import type { StorageWatch } from "@/lib/server/storage/storage-watch";
import { type Api, type ApiContext, administrator, failures, json } from "@/server/http/api";
import type { Metrics } from "@/server/metrics";

const tags = ["Operation"];

const readiness = z
  .object({
    ready: z.boolean(),
    /**
     * Recording works without the last two: compilations wait until Redis is back; `cleanup` is false while the clean-up
     * stands still because it would remove too much.
     */
    checks: z.object({ database: z.boolean(), storage: z.boolean(), redis: z.boolean(), cleanup: z.boolean() }),
  })
  .meta({ id: "Readiness" });

/** Whether this process is up and not about to stop. */
export interface Life {
  isReady: boolean;
}

export function addHealth(metrics: Metrics, life: Life) {
  return (api: Api, { services, storage }: ApiContext): void => {
    api.openapi(
      createRoute({
        method: "get",
        path: "/api/health",
        summary: "Whether the process lives",
        tags,
        security: [],
        responses: {
          200: {
            description: "It does",
            content: json(z.object({ status: z.literal("ok"), version: z.string() })),
          },
        },
      }),
      (c) => c.json({ status: "ok" as const, version: services.config.version }, 200),
    );
    api.openapi(
      createRoute({
        method: "get",
        path: "/api/ready",
        summary: "Whether the server can take recordings",
        tags,
        security: [],
        responses: {
          200: { description: "It can", content: json(readiness) },
          503: { description: "It cannot; `checks` says why", content: json(readiness) },
        },
      }),
      async (c) => {
        const checks = await check(services, storage);
        const ready = life.isReady && checks.database && checks.storage;
        return ready ? c.json({ ready, checks }, 200) : c.json({ ready, checks }, 503);
      },
    );
    api.openapi(
      createRoute({
        method: "get",
        path: "/metrics",
        summary: "Metrics for Prometheus, with an administrator's token",
        tags,
        middleware: administrator,
        responses: {
          200: { description: "Text exposition format", content: { "text/plain": { schema: z.string() } } },
          ...failures,
        },
      }),
      async (c) =>
        c.body(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }) as never,
    );
  };
}

async function check({ database, folder, redis }: Services, storage: StorageWatch) {
  const holds = (promise: Promise<unknown>) =>
    promise.then(
      () => true,
      () => false,
    );
  const [databaseIsThere, { state }, redisIsThere, hasAlarm] = await Promise.all([
    holds(database.user.findFirst({ select: { id: true } })),
    storage.look(),
    holds(redis.ping()),
    folder.hasCleanupAlarm(),
  ]);
  return { database: databaseIsThere, storage: state === "ok", redis: redisIsThere, cleanup: !hasAlarm };
}
