/** `/api/v1/encoders`: what pictures can be encoded with, and ready settings by purpose. */
import { createRoute } from "@hono/zod-openapi";
import { PURPOSE_SETTINGS } from "@/lib/domain/compile-settings";
import { encoderList } from "@/lib/protocol/recordings";
import { readEncoders } from "@/lib/server/queue/encoders";
import { type Api, type ApiContext, failures, json, signedIn } from "@/server/http/api";

export function addEncoders(api: Api, { services }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/encoders",
      summary: "What pictures can be encoded with",
      description: "Each worker tries its encoders by encoding a frame. Empty while no worker has told.",
      tags: ["Operation"],
      middleware: signedIn,
      responses: { 200: { description: "As the workers told", content: json(encoderList) }, ...failures },
    }),
    async (c) =>
      c.json(
        {
          encoders: await readEncoders(services),
          hardware: services.config.COMPILE_HARDWARE,
          purposes: PURPOSE_SETTINGS,
        },
        200,
      ),
  );
}
