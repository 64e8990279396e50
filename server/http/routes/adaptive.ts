/** Several resolutions of a finished recording, as HLS: asking for them, their playlists, and their segments by ranges. */
import { createRoute, z } from "@hono/zod-openapi";
import { AppError } from "@/lib/domain/errors";
import { ADAPTIVE_OUTPUTS } from "@/lib/domain/extras";
import { EXTRA_FILENAMES } from "@/lib/domain/names";
import { withQueryInPlaylist } from "@/lib/media/adaptive";
import { findViewable } from "@/lib/server/recordings/find";
import {
  type Api,
  type ApiContext,
  failures,
  orShared,
  recordingIdParameter,
  signedIn,
  signedInOrShared,
} from "@/server/http/api";
import { askForExtra, requested, sendSharedText } from "@/server/http/routes/extras";
import { sendMedia } from "@/server/http/routes/media";

const tags = ["Extras"];
const binary = { schema: { type: "string" as const, format: "binary" } };

export function addAdaptive(api: Api, context: ApiContext): void {
  const { services } = context;
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/hls",
      summary: "Make several resolutions to choose from by the network, as HLS",
      description:
        "H.264 of 1080, 720, 480 and 360 lines, as far as the recording has them, encoded from the finished MP4. " +
        "Asking again changes nothing; after a failure it is tried again. When it is made, `outputs` has `hls`.",
      tags,
      middleware: signedIn,
      request: { params: recordingIdParameter },
      responses: {
        ...requested,
        409: { ...failures.default, description: "The recording is not ready, or too small for several resolutions" },
      },
    }),
    async (c) => {
      const { resource, isMade } = await askForExtra(services, c.get("principal"), c.req.valid("param").id, "adaptive");
      return isMade ? c.json(resource, 200) : c.json(resource, 202);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/hls/{filename}",
      summary: "A playlist of several resolutions, or one of them",
      description:
        "`hls.m3u8` names the playlists of all, these the byte ranges of their segments in a fragmented MP4, which can " +
        "also be played by itself.",
      tags,
      middleware: signedInOrShared,
      security: orShared,
      request: {
        params: recordingIdParameter.extend({ filename: z.string() }),
        query: z.object({
          download: z.enum(["0", "1"]).optional().meta({ description: "1: to be saved under the recording's title" }),
        }),
      },
      responses: {
        200: {
          description: "The playlist, or the whole file",
          content: { "application/vnd.apple.mpegurl": binary, "video/mp4": binary },
        },
        206: { description: "The range that was asked for", content: { "video/mp4": binary } },
        ...failures,
      },
    }),
    async (c) => {
      const { id, filename } = c.req.valid("param");
      const output = ADAPTIVE_OUTPUTS.find((kind) => EXTRA_FILENAMES[kind] === filename);
      if (output === undefined) {
        await findViewable(services, c.get("viewer"), id);
        throw new AppError("not_found", "output_not_found", "There is no such file.");
      }
      const token = c.req.query("share");
      if (filename.endsWith(".m3u8") && token !== undefined) {
        return sendSharedText(c, context, id, { output }, token, withQueryInPlaylist) as never;
      }
      return sendMedia(c, context, id, { output }, c.req.valid("query").download === "1") as never;
    },
  );
}
