/** What is made of a finished recording beside its MP4: previews for players, and what is made on request. */
import { createRoute, z } from "@hono/zod-openapi";
import type { PREVIEW_OUTPUTS } from "@/lib/domain/extras";
import { waveformFile } from "@/lib/media/waveform";
import { trimRequest } from "@/lib/protocol/extras";
import { recordingResource } from "@/lib/protocol/recordings";
import { createCut } from "@/lib/server/recordings/cut";
import { describeRecording } from "@/lib/server/recordings/describe";
import { requestExtra } from "@/lib/server/recordings/extras";
import { findOwned } from "@/lib/server/recordings/find";
import { type Api, type ApiContext, body, failures, json, recordingIdParameter, signedIn } from "@/server/http/api";
import { sendMedia } from "@/server/http/routes/media";

const tags = ["Extras"];
const middleware = signedIn;
const params = recordingIdParameter;

const binary = { schema: { type: "string" as const, format: "binary" } };
const requested = {
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
        ...{ method: "get", path: `/api/v1/recordings/{id}/${kind}`, summary, tags, middleware, request: { params } },
        responses: { 200: { description, content }, ...failures },
      }),
      (c) => sendMedia(c, context, c.req.valid("param").id, { output: kind }, false) as never,
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
      const principal = c.get("principal");
      const { id } = c.req.valid("param");
      await requestExtra(services, principal, id, "sound");
      const resource = describeRecording(services, await findOwned(services, principal, id));
      const isMade = resource.extras.some(({ kind, state }) => kind === "sound" && state === "made");
      return isMade ? c.json(resource, 200) : c.json(resource, 202);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/m4a",
      summary: "The sound alone",
      tags,
      middleware,
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
