/** `/api/v1/stream-keys` and `/api/v1/streams`: what encoders publish with and where that is pushed on to, and what is being published. */
import type { IncomingHttpHeaders } from "node:http";
import { createRoute, z } from "@hono/zod-openapi";
import { changeRelayTargetRequest, createRelayTargetRequest, relayTargetResource } from "@/lib/protocol/relays";
import {
  changeStreamKeyRequest,
  changeStreamRequest,
  createdStreamKey,
  createStreamKeyRequest,
  type StreamKeyResource,
  streamKeyResource,
  streamResource,
} from "@/lib/protocol/streams";
import type { StreamKey } from "@/lib/server/database/client";
import { publishAddress } from "@/lib/server/streams/publish-address";
import {
  changeRelayTarget,
  createRelayTarget,
  listRelayTargets,
  removeRelayTarget,
} from "@/lib/server/streams/relay-targets";
import {
  changeStreamKey,
  createStreamKey,
  listStreamKeys,
  revokeStreamKey,
  rotateStreamKey,
} from "@/lib/server/streams/stream-keys";
import { type Api, type ApiContext, body, failures, json, signedIn } from "@/server/http/api";

const middleware = signedIn;
const keyParams = z.object({ id: z.string().meta({ description: "stream key id" }) });
const targetParams = keyParams.extend({ targetId: z.string() });
const streamParams = z.object({ id: z.string().meta({ description: "stream id" }) });

export function addStreams(api: Api, context: ApiContext): void {
  addKeys(api, context);
  addTargets(api, context);
  addLive(api, context);
}

function addKeys(api: Api, { services, streams }: ApiContext): void {
  const tags = ["Stream keys"];
  const key = { 200: { description: "The stream key", content: json(streamKeyResource) }, ...failures };
  const describe = (row: StreamKey, headers: IncomingHttpHeaders): StreamKeyResource => ({
    ...{ id: row.id, name: row.name, app: row.app, hint: row.hint, record: row.record },
    createdAt: row.createdAt.toISOString(),
    rotatedAt: row.rotatedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastPublishedAt: row.lastPublishedAt?.toISOString() ?? null,
    server: publishAddress(services.config, headers.host, row.app),
    live: streams.all.some((stream) => stream.key.id === row.id),
  });

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/stream-keys",
      summary: "List your stream keys",
      tags,
      middleware,
      responses: { 200: { description: "Stream keys", content: json(z.array(streamKeyResource)) }, ...failures },
    }),
    async (c) => {
      const rows = await listStreamKeys(services, c.get("principal").userId);
      return c.json(
        rows.map((row) => describe(row, c.env.incoming.headers)),
        200,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/stream-keys",
      summary: "Make a stream key",
      description: "The key is in this answer and nowhere else. Publish to `{server}/{key}`.",
      tags,
      middleware,
      request: { body: body(createStreamKeyRequest) },
      responses: { 201: { description: "The stream key", content: json(createdStreamKey) }, ...failures },
    }),
    async (c) => {
      const { row, key: secret } = await createStreamKey(services, c.get("principal").userId, c.req.valid("json"));
      return c.json({ ...describe(row, c.env.incoming.headers), key: secret }, 201);
    },
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/api/v1/stream-keys/{id}",
      summary: "Rename a stream key, or change its recording or expiry",
      tags,
      middleware,
      request: { params: keyParams, body: body(changeStreamKeyRequest) },
      responses: key,
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const row = await changeStreamKey(services, c.get("principal").userId, id, c.req.valid("json"));
      streams.changeKey(row);
      return c.json(describe(row, c.env.incoming.headers), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/stream-keys/{id}/rotate",
      summary: "Give a stream key another secret",
      description: "The old one stops working at once, and what is being published with it ends.",
      tags,
      middleware,
      request: { params: keyParams },
      responses: { 200: { description: "The stream key", content: json(createdStreamKey) }, ...failures },
    }),
    async (c) => {
      const { row, key: secret } = await rotateStreamKey(services, c.get("principal").userId, c.req.valid("param").id);
      await streams.endKey(row);
      return c.json({ ...describe(row, c.env.incoming.headers), key: secret }, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/stream-keys/{id}",
      summary: "Revoke a stream key",
      description: "What is being published with it ends at once. Recordings stay.",
      tags,
      middleware,
      request: { params: keyParams },
      responses: { 204: { description: "It is gone" }, ...failures },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      await revokeStreamKey(services, c.get("principal").userId, id);
      await streams.endKey({ id });
      return c.body(null, 204);
    },
  );
}

function addTargets(api: Api, { services, streams }: ApiContext): void {
  const tags = ["Stream keys"];
  const path = "/api/v1/stream-keys/{id}/targets";
  const target = { description: "The target", content: json(relayTargetResource) };

  api.openapi(
    createRoute({
      method: "get",
      path,
      summary: "List where streams of a key are pushed on to",
      tags,
      middleware,
      request: { params: keyParams },
      responses: { 200: { description: "Targets", content: json(z.array(relayTargetResource)) }, ...failures },
    }),
    async (c) => c.json(await listRelayTargets(services, c.get("principal").userId, c.req.valid("param").id), 200),
  );
  api.openapi(
    createRoute({
      method: "post",
      path,
      summary: "Push streams of a key on to another RTMP server",
      description: "As they come, without encoding anything. What is being published is pushed on at once.",
      tags,
      middleware,
      request: { params: keyParams, body: body(createRelayTargetRequest) },
      responses: { 201: target, ...failures },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const made = await createRelayTarget(services, c.get("principal").userId, id, c.req.valid("json"));
      await streams.reloadRelays(id);
      return c.json(made, 201);
    },
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: `${path}/{targetId}`,
      summary: "Change a target, or switch it off",
      description: "Another server needs the key again. What is being pushed on follows at once.",
      tags,
      middleware,
      request: { params: targetParams, body: body(changeRelayTargetRequest) },
      responses: { 200: target, ...failures },
    }),
    async (c) => {
      const { id, targetId } = c.req.valid("param");
      const { userId } = c.get("principal");
      const changed = await changeRelayTarget(services, userId, id, targetId, c.req.valid("json"));
      await streams.reloadRelays(id);
      return c.json(changed, 200);
    },
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: `${path}/{targetId}`,
      summary: "Push streams on to a target no more",
      tags,
      middleware,
      request: { params: targetParams },
      responses: { 204: { description: "It is gone" }, ...failures },
    }),
    async (c) => {
      const { id, targetId } = c.req.valid("param");
      await removeRelayTarget(services, c.get("principal").userId, id, targetId);
      await streams.reloadRelays(id);
      return c.body(null, 204);
    },
  );
}

function addLive(api: Api, { streams }: ApiContext): void {
  const tags = ["Streams"];
  const stream = { 200: { description: "The stream", content: json(streamResource) }, ...failures };

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/streams",
      summary: "List your streams that are being published",
      tags,
      middleware,
      responses: { 200: { description: "Streams", content: json(z.array(streamResource)) }, ...failures },
    }),
    async (c) =>
      c.json(
        streams.of(c.get("principal").userId).map((each) => each.describe()),
        200,
      ),
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/streams/{id}",
      summary: "One stream",
      tags,
      middleware,
      request: { params: streamParams },
      responses: stream,
    }),
    async (c) => c.json(streams.find(c.get("principal").userId, c.req.valid("param").id).describe(), 200),
  );
  api.openapi(
    createRoute({
      method: "patch",
      path: "/api/v1/streams/{id}",
      summary: "Begin or end recording a stream",
      description: "The stream itself goes on. Recording begins with the next key frame.",
      tags,
      middleware,
      request: { params: streamParams, body: body(changeStreamRequest) },
      responses: stream,
    }),
    async (c) => {
      const found = streams.find(c.get("principal").userId, c.req.valid("param").id);
      if (c.req.valid("json").record) found.recorder.start();
      else await found.recorder.stop("off");
      return c.json(found.describe(), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/streams/{id}",
      summary: "End a stream",
      description: "The encoder is disconnected. Its key goes on working: many encoders come back by themselves.",
      tags,
      middleware,
      request: { params: streamParams },
      responses: { 204: { description: "It has ended" }, ...failures },
    }),
    async (c) => {
      const found = streams.find(c.get("principal").userId, c.req.valid("param").id);
      found.end("NetStream.Publish.Denied", "The stream was ended.");
      await streams.end(found, "left");
      return c.body(null, 204);
    },
  );
}
