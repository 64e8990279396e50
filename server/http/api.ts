/** The frame of the API: request ids, who is asking, errors as JSON, and the OpenAPI document made from the routes. */
import { randomUUID } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError } from "@/lib/domain/errors";
import { errorBody } from "@/lib/protocol/recordings";
import { type Principal, requireAdmin, requirePrincipal } from "@/lib/server/auth/authenticate";
import { requireShare, type Viewer } from "@/lib/server/auth/share-access";
import { toServerError } from "@/lib/server/database/away";
import type { Services } from "@/lib/server/services";
import type { StorageWatch } from "@/lib/server/storage/storage-watch";
import { checkOrigin } from "@/server/http/request-facts";
import type { Ingest } from "@/server/ingest/ingest";
import type { Streams } from "@/server/rtmp/streams";
import type { SnapshotDesk } from "@/server/snapshots/snapshot-desk";

/** What handlers find in their context. */
export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; services: Services; principal: Principal; viewer: Viewer };
}

export type Api = OpenAPIHono<ApiEnv>;

/** What routes work with. */
export interface ApiContext {
  services: Services;
  ingest: Ingest;
  storage: StorageWatch;
  streams: Streams;
  snapshots: SnapshotDesk;
}

/** No request of the API carries media; the largest are settings. */
const MAX_BODY_BYTES = 256 * 1024;

/** Lets in whoever is signed in. Runs before the input is read. */
export const signedIn: MiddlewareHandler<ApiEnv> = async (context, next) => {
  const principal = await requirePrincipal(context.get("services"), context.env.incoming.headers);
  context.set("principal", principal);
  context.set("viewer", principal);
  await next();
};

/** Lets in whoever is signed in, and whoever has a share link; a link that is named counts, whoever names it. */
export const signedInOrShared: MiddlewareHandler<ApiEnv> = async (context, next) => {
  const token = context.req.query("share");
  if (token === undefined) return signedIn(context, next);
  context.set("viewer", await requireShare(context.get("services"), token, context.env.incoming.headers));
  await next();
};

/** Marks an operation of the document as open to holders of a share link; goes with {@link signedInOrShared}. */
export const orShared: Record<string, string[]>[] = [{ token: [] }, { session: [] }, { share: [] }];

/** Lets administrators in. */
export const administrator: MiddlewareHandler<ApiEnv> = async (context, next) => {
  const principal = await requirePrincipal(context.get("services"), context.env.incoming.headers);
  requireAdmin(principal);
  context.set("principal", principal);
  await next();
};

/** The `content` of a JSON body. */
export function json<T extends z.ZodType>(schema: T) {
  return { "application/json": { schema } };
}

/** The JSON body of a request. */
export function body<T extends z.ZodType>(schema: T) {
  return { content: json(schema), required: true } as const;
}

/** What every operation may answer besides its own. */
export const failures = { default: { description: "An error", content: json(errorBody) } } as const;

/** The parameter of every path that names a recording. */
export const recordingIdParameter = z.object({ id: z.string().meta({ description: "recording id" }) });

export function createApi(apiContext: ApiContext, routes: ((api: Api, context: ApiContext) => void)[]): Api {
  const { services } = apiContext;
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const field = issue?.path.join(".") ?? "";
      throw new AppError("invalid", "invalid_request", `${field === "" ? "The request" : field}: ${issue?.message}.`, {
        facts: { field },
      });
    },
  });

  api.use(async (context, next) => {
    const requestId = randomUUID();
    context.set("requestId", requestId);
    context.set("services", services);
    const startedAt = performance.now();
    await next();
    context.header("X-Request-Id", requestId);
    context.header("Cache-Control", context.res.headers.get("Cache-Control") ?? "no-store");
    services.log.debug(
      {
        requestId,
        method: context.req.method,
        path: context.req.path,
        status: context.res.status,
        ms: Math.round(performance.now() - startedAt),
      },
      "request",
    );
  });
  api.use(async ({ env }, next) => {
    const { "content-length": length, "transfer-encoding": encoding } = env.incoming.headers;
    if (encoding !== undefined) throw new AppError("invalid", "length_required", "The request must say its length.");
    if (Number(length ?? 0) > MAX_BODY_BYTES) {
      throw new AppError("too_large", "body_too_large", "The request is too large.");
    }
    await next();
  });
  api.use(async ({ env, req }, next) => {
    // Reading gives nothing to a foreign page, which cannot see the answer.
    if (req.method !== "GET" && req.method !== "HEAD") checkOrigin(services.config, env.incoming.headers);
    await next();
  });

  for (const add of routes) add(api, apiContext);

  api.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Tapedeck",
      version: services.config.version,
      description: "Record anything to files you own. Sign in with a session cookie, or send an API token.",
    },
    security: [{ token: [] }, { session: [] }],
  });
  api.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  api.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "tapedeck.session",
  });

  api.openAPIRegistry.registerComponent("securitySchemes", "share", {
    type: "apiKey",
    in: "query",
    name: "share",
    description: "The token of a share link: it opens one recording.",
  });

  api.notFound(() => {
    throw new AppError("not_found", "no_such_endpoint", "There is no such endpoint.");
  });
  api.onError((thrown, context) => {
    const error = thrown instanceof HTTPException ? fromHttpException(thrown) : toServerError(thrown);
    const requestId = context.get("requestId");
    if (error.kind === "internal") services.log.error({ requestId, error: error.cause }, "request failed");
    const { retryAfterSeconds } = error.facts;
    if (retryAfterSeconds !== undefined) context.header("Retry-After", String(retryAfterSeconds));
    if (error.kind === "unauthenticated") context.header("WWW-Authenticate", "Bearer");
    context.header("X-Request-Id", requestId);
    context.header("Cache-Control", "no-store");
    return context.json(
      { ...error.facts, code: error.code, message: error.message, requestId },
      error.outcome.httpStatus as 400,
    );
  });
  return api;
}

function fromHttpException(exception: HTTPException): AppError {
  return new AppError("invalid", "invalid_request", exception.message || "The request cannot be read.");
}
