/** `/api/v1/storage`: whether there is room on the server's disk. */
import { createRoute } from "@hono/zod-openapi";
import { storageStatus } from "@/lib/protocol/recordings";
import { type Api, type ApiContext, failures, json, signedIn } from "@/server/http/api";

export function addStorage(api: Api, { storage }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/storage",
      summary: "Room on the server's disk",
      description: "`/api/v1/events` tells within two seconds when the state is another one.",
      tags: ["Operation"],
      middleware: signedIn,
      responses: { 200: { description: "As it is now", content: json(storageStatus) }, ...failures },
    }),
    async (c) => c.json(await storage.look(), 200),
  );
}
