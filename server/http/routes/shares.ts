/** Share links: of a recording, for its owner; and what their holders ask. */
import { createRoute, z } from "@hono/zod-openapi";
import { AppError } from "@/lib/domain/errors";
import {
  createdShare,
  createShareRequest,
  sharedRecording,
  shareResource,
  unlockShareRequest,
} from "@/lib/protocol/shares";
import { requireShare, unlockShare } from "@/lib/server/auth/share-access";
import { createShare, describeShared, listShares, revokeShare } from "@/lib/server/recordings/shares";
import { type Api, type ApiContext, body, failures, json, recordingIdParameter, signedIn } from "@/server/http/api";
import { addressOf } from "@/server/http/request-facts";

const tags = ["Share links"];

export function addShares(api: Api, context: ApiContext): void {
  addLinks(api, context);
  addHolders(api, context);
}

function addLinks(api: Api, { services }: ApiContext): void {
  const middleware = signedIn;
  const params = recordingIdParameter;

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/shares",
      summary: "List the share links of a recording",
      tags,
      middleware,
      request: { params },
      responses: { 200: { description: "Links, newest first", content: json(z.array(shareResource)) }, ...failures },
    }),
    async (c) => c.json(await listShares(services, c.get("principal"), c.req.valid("param").id), 200),
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/shares",
      summary: "Make a share link",
      description: "The link's secret is in this answer and nowhere else.",
      tags,
      middleware,
      request: { params, body: body(createShareRequest) },
      responses: { 201: { description: "The link", content: json(createdShare) }, ...failures },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      return c.json(await createShare(services, c.get("principal"), id, c.req.valid("json")), 201);
    },
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/recordings/{id}/shares/{share_id}",
      summary: "Revoke a share link",
      tags,
      middleware,
      request: { params: params.extend({ share_id: z.string() }) },
      responses: { 204: { description: "It no longer works" }, ...failures },
    }),
    async (c) => {
      const { id, share_id } = c.req.valid("param");
      await revokeShare(services, c.get("principal"), id, share_id);
      return c.body(null, 204);
    },
  );
}

/** The link's token is the only credential here; a session is not looked at. */
function addHolders(api: Api, { services }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/shared",
      summary: "The recording of a share link",
      tags,
      security: [{ share: [] }],
      request: { query: z.object({ share: z.string().max(200).default("") }) },
      responses: { 200: { description: "The recording", content: json(sharedRecording) }, ...failures },
    }),
    async (c) => {
      const { share } = c.req.valid("query");
      if (share === "") throw new AppError("unauthenticated", "not_signed_in", "Send the token of a share link.");
      const holder = await requireShare(services, share, c.env.incoming.headers);
      return c.json(await describeShared(services, holder, share), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/shared/unlock",
      summary: "Give the password of a share link",
      description: "The answer sets a cookie; requests that carry it and the link's token are let in for twelve hours.",
      tags,
      security: [],
      request: { body: body(unlockShareRequest) },
      responses: { 204: { description: "It is right" }, ...failures },
    }),
    async (c) => {
      const { share, password } = c.req.valid("json");
      c.header("Set-Cookie", await unlockShare(services, share, password, addressOf(c.env.incoming)));
      return c.body(null, 204);
    },
  );
}
