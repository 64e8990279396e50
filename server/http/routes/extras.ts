/** What is made of a finished recording beside its MP4: previews for players, and what is made on request. */
import { readFile } from "node:fs/promises";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ExtraKind, PREVIEW_OUTPUTS } from "@/lib/domain/extras";
import { waveformFile } from "@/lib/media/waveform";
import { trimRequest } from "@/lib/protocol/extras";
import { recordingResource } from "@/lib/protocol/recordings";
import type { Principal } from "@/lib/server/auth/authenticate";
import { createCut } from "@/lib/server/recordings/cut";
import { describeRecording } from "@/lib/server/recordings/describe";
import { requestExtra } from "@/lib/server/recordings/extras";
import { findOwned } from "@/lib/server/recordings/find";
import { type MediaRequest, openMedia } from "@/lib/server/recordings/media";
import type { Services } from "@/lib/server/services";
import {
  type Api,
  type ApiContext,
  type ApiEnv,
  body,
  failures,
  json,
  orShared,
  recordingIdParameter,
  signedIn,
  signedInOrShared,
} from "@/server/http/api";
import { sendMedia } from "@/server/http/routes/media";

const tags = ["Extras"];
const middleware = signedIn;
const params = recordingIdParameter;

/** Open to those who have a share link. */
const shared = { middleware: signedInOrShared, security: orShared };

const binary = { schema: { type: "string" as const, format: "binary" } };
export const requested = {
  200: { description: "It is there already", content: json(recordingResource) },
  202: { description: "It will be made; follow `/events`", content: json(recordingResource) },
  409: { ...failures.default, description: "The recording is not ready, or has nothing to make it of" },
  ...failures,
};

const PREVIEWS: Readonly<Record<(typeof PREVIEW_OUTPUTS)[number], { summary: string; description: string }>> = {
  poster: { summary: "A large picture of the recording", description: "JPEG, at most 1280 pixels wide or high" },
  strip: {
    summary: "Thumbnails at equal distances, in one picture",
    description: "JPEG; `strip_vtt` says what is where",
  },
  strip_vtt: { summary: "Where in the strip each thumbnail is", description: "WebVTT with `#xywh` addresses" },
  waveform: { summary: "How loud the sound is, part by part", description: "The greatest amplitudes" },
};

export function addExtras(api: Api, context: ApiContext): void {
  const { services } = context;
  for (const [output, { summary, description }] of Object.entries(PREVIEWS)) {
    const kind = output as keyof typeof PREVIEWS;
    const content = {
      ...{ poster: { "image/jpeg": binary }, strip: { "image/jpeg": binary }, strip_vtt: { "text/vtt": binary } },
      waveform: json(waveformFile),
    }[kind];
    api.openapi(
      createRoute({
        ...{ method: "get", path: `/api/v1/recordings/{id}/${kind}`, summary, tags, ...shared, request: { params } },
        responses: { 200: { description, content }, ...failures },
      }),
      (c) => {
        const { id } = c.req.valid("param");
        const token = c.req.query("share");
        if (kind === "strip_vtt" && token !== undefined) {
          const sign = (cues: string, query: string) => cues.replaceAll("#xywh", `&${query}#xywh`);
          return sendSharedText(c, context, id, { output: kind }, token, sign) as never;
        }
        return sendMedia(c, context, id, { output: kind }, false) as never;
      },
    );
  }

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/trim",
      summary: "Make a new recording of a part of a finished one",
      description: "The original stays as it is. The new one is compiled at once; follow its `/events`.",
      tags,
      middleware,
      request: { params, body: body(trimRequest) },
      responses: {
        201: { description: "The new recording", content: json(recordingResource) },
        409: { ...failures.default, description: "The recording is not ready; `state` says why" },
        ...failures,
      },
    }),
    async (c) => {
      const principal = c.get("principal");
      const id = await createCut(services, principal, c.req.valid("param").id, c.req.valid("json"));
      c.header("Location", `/api/v1/recordings/${id}`);
      return c.json(describeRecording(services, await findOwned(services, principal, id)), 201);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/m4a",
      summary: "Make a file of the sound alone",
      description: "Copied from the finished MP4. Asking again changes nothing; after a failure it is tried again.",
      tags,
      middleware,
      request: { params },
      responses: requested,
    }),
    async (c) => {
      const { resource, isMade } = await askForExtra(services, c.get("principal"), c.req.valid("param").id, "sound");
      return isMade ? c.json(resource, 200) : c.json(resource, 202);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/m4a",
      summary: "The sound alone",
      tags,
      ...shared,
      request: {
        params,
        query: z.object({
          download: z.enum(["0", "1"]).optional().meta({ description: "1: to be saved under the recording's title" }),
        }),
      },
      responses: { 200: { description: "AAC in M4A", content: { "audio/mp4": binary } }, ...failures },
    }),
    (c) =>
      sendMedia(c, context, c.req.valid("param").id, { output: "m4a" }, c.req.valid("query").download === "1") as never,
  );
}

/** Asks for an extra. @returns the recording, and whether it has it already */
export async function askForExtra(services: Services, principal: Principal, id: string, kind: ExtraKind) {
  await requestExtra(services, principal, id, kind);
  const resource = describeRecording(services, await findOwned(services, principal, id));
  return { resource, isMade: resource.extras.some((extra) => extra.kind === kind && extra.state === "made") };
}

/**
 * Answers with a text that has addresses in it: the holder of a share link needs the link's token in them, too.
 *
 * @param sign puts a query, `name=value`, into all addresses of the text
 */
export async function sendSharedText(
  c: Context<ApiEnv>,
  { services }: ApiContext,
  id: string,
  request: MediaRequest,
  token: string,
  sign: (text: string, query: string) => string,
) {
  const { file, contentType } = await openMedia(services, c.get("viewer"), id, request, false);
  const text = sign(await readFile(file, "utf8"), `share=${encodeURIComponent(token)}`);
  return c.body(text, 200, { "Content-Type": contentType, "Cache-Control": "private, no-cache" });
}
