/** `/api/v1/snapshots`: what is being recorded of snapshots now, and its pictures. */
import fs from "node:fs/promises";
import { createRoute, z } from "@hono/zod-openapi";
import { cleanTitle } from "@/lib/domain/names";
import { runningSnapshots } from "@/lib/protocol/snapshots";
import { createFocusSession } from "@/lib/server/snapshots/focus-sessions";
import { type Api, type ApiContext, body, failures, json, recordingIdParameter, signedIn } from "@/server/http/api";

const tags = ["Snapshots"];
const middleware = signedIn;

const pictureQuery = z.object({
  at: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: "media time in milliseconds; left out: the last one" }),
});

const newSession = z
  .object({ name: z.string().max(200).transform(cleanTitle).default("") })
  .meta({ id: "BeginSnapshots" });

const begun = z.object({ sessionId: z.string(), socketPath: z.string() }).meta({ id: "BegunSnapshots" });

export function addSnapshots(api: Api, { services, snapshots }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/snapshots",
      summary: "Begin a session of snapshots",
      description: "JPEGs are sent to the WebSocket at `socketPath`; the recording begins with the first.",
      tags,
      middleware,
      request: { body: body(newSession) },
      responses: { 201: { description: "The session", content: json(begun) }, ...failures },
    }),
    async (c) => {
      const { name } = c.req.valid("json");
      const { id } = await createFocusSession(services, c.get("principal"), { name, subject: "", initialScore: null });
      return c.json({ sessionId: id, socketPath: `/api/focus/ws/${id}?enable_recording=true` }, 201);
    },
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/snapshots",
      summary: "Your recordings of snapshots that run, newest first",
      tags,
      middleware,
      responses: { 200: { description: "As they are now", content: json(z.array(runningSnapshots)) }, ...failures },
    }),
    async (c) => c.json(await snapshots.list(c.get("principal")), 200),
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/snapshots/{id}/picture",
      summary: "The picture of a recording of snapshots that runs, at any time of it",
      tags,
      middleware,
      request: { params: recordingIdParameter, query: pictureQuery },
      responses: {
        200: {
          description: "The JPEG as it came; `X-Media-Time` is its time in milliseconds",
          content: { "image/jpeg": { schema: { type: "string", format: "binary" } } },
        },
        ...failures,
      },
    }),
    async (c) => {
      const { at } = c.req.valid("query");
      const { file, offset, sizeBytes, atMs } = await snapshots.picture(
        c.get("principal"),
        c.req.valid("param").id,
        at ?? null,
      );
      const bytes = Buffer.allocUnsafe(sizeBytes);
      const handle = await fs.open(file, "r");
      try {
        await handle.read(bytes, 0, sizeBytes, offset);
      } finally {
        await handle.close();
      }
      return c.body(bytes, 200, {
        "Content-Type": "image/jpeg",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "X-Media-Time": String(atMs),
      }) as never;
    },
  );
}
