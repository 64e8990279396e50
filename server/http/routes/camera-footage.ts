/** What cameras sent: segments, gaps, timeline, pictures, and playlists over them. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  cameraDays,
  cameraGapResource,
  cameraThumbnailResource,
  exportRequest,
  listSegmentsQuery,
  pinRequest,
  rangeQuery,
  segmentResource,
  timelineResource,
} from "@/lib/protocol/cameras";
import { recordingResource } from "@/lib/protocol/recordings";
import { exportRange } from "@/lib/server/cameras/export";
import { findOwnedCamera } from "@/lib/server/cameras/find";
import { livePlaylist, rangePlaylist } from "@/lib/server/cameras/playlist";
import {
  days,
  describeGap,
  gapsIn,
  listSegments,
  openCameraMedia,
  pinRange,
  rangeOf,
  thumbnailUrl,
  timeline,
} from "@/lib/server/cameras/segments";
import { describeRecording } from "@/lib/server/recordings/describe";
import { findOwned } from "@/lib/server/recordings/find";
import { type Api, type ApiContext, body, failures, json, signedIn } from "@/server/http/api";
import { cameraParams } from "@/server/http/routes/cameras";
import { sendFile } from "@/server/http/routes/media";

const tags = ["Cameras: footage"];
const middleware = signedIn;
const params = cameraParams;
const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
const playlist = { description: "HLS playlist", content: { [PLAYLIST_TYPE]: { schema: z.string() } } };
const binary = (type: string) => ({ [type]: { schema: { type: "string" as const, format: "binary" } } });

export function addCameraFootage(api: Api, { services }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/segments",
      summary: "List finished segments, newest first",
      tags,
      middleware,
      request: { params, query: listSegmentsQuery },
      responses: {
        200: { description: "Segments", content: json(z.object({ segments: z.array(segmentResource) })) },
        ...failures,
      },
    }),
    async (c) => {
      const { id } = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      return c.json({ segments: await listSegments(services, id, c.req.valid("query")) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/segments/{filename}",
      summary: "A segment, whole or in part",
      tags,
      middleware,
      request: { params: params.extend({ filename: z.string() }) },
      responses: { 200: { description: "MPEG-TS", content: binary("video/mp2t") }, ...failures },
    }),
    async (c) => {
      const { id, filename } = c.req.valid("param");
      const media = await openCameraMedia(services, c.get("principal"), id, { segment: filename });
      return sendFile(c, media, false) as never;
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/cameras/{id}/pins",
      summary: "Keep a stretch of time whatever retention says, or no longer",
      tags,
      middleware,
      request: { params, body: body(pinRequest) },
      responses: {
        200: { description: "How many segments that concerns", content: json(z.object({ segments: z.int() })) },
        ...failures,
      },
    }),
    async (c) => {
      const { id } = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      const request = c.req.valid("json");
      return c.json({ segments: await pinRange(services, id, rangeOf(request), request.pinned) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/gaps",
      summary: "Time the camera was wanted and not recorded, with the causes",
      tags,
      middleware,
      request: { params, query: rangeQuery },
      responses: {
        200: { description: "Gaps", content: json(z.object({ gaps: z.array(cameraGapResource) })) },
        ...failures,
      },
    }),
    async (c) => {
      const { id } = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      const gaps = await gapsIn(services, id, rangeOf(c.req.valid("query")));
      return c.json({ gaps: gaps.map(describeGap) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/timeline",
      summary: "What is there and what is missing of a stretch of time",
      tags,
      middleware,
      request: { params, query: rangeQuery },
      responses: { 200: { description: "The timeline", content: json(timelineResource) }, ...failures },
    }),
    async (c) => {
      const camera = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      return c.json(await timeline(services, camera, rangeOf(c.req.valid("query"))), 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/days",
      summary: "The days of which there is something",
      tags,
      middleware,
      request: { params },
      responses: { 200: { description: "Days by UTC, newest first", content: json(cameraDays) }, ...failures },
    }),
    async (c) => {
      const { id } = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      return c.json({ days: await days(services, id) }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/thumbnails",
      summary: "Small pictures of a stretch of time",
      tags,
      middleware,
      request: { params, query: rangeQuery },
      responses: {
        200: { description: "By time", content: json(z.object({ thumbnails: z.array(cameraThumbnailResource) })) },
        ...failures,
      },
    }),
    async (c) => {
      const { id } = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      const { from, to } = rangeOf(c.req.valid("query"));
      const rows = await services.database.cameraThumbnail.findMany({
        where: { cameraId: id, at: { gte: from, lte: to } },
        orderBy: { at: "asc" },
      });
      const thumbnails = rows.map(({ at }) => ({ at: at.toISOString(), url: thumbnailUrl(id, at) }));
      return c.json({ thumbnails }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/thumbnails/{at}",
      summary: "A small picture",
      tags,
      middleware,
      request: { params: params.extend({ at: z.string().meta({ description: "ms since the epoch" }) }) },
      responses: { 200: { description: "JPEG of 640x360", content: binary("image/jpeg") }, ...failures },
    }),
    async (c) => {
      const { id, at } = c.req.valid("param");
      const media = await openCameraMedia(services, c.get("principal"), id, { thumbnailAtMs: Number(at) });
      return sendFile(c, media, false) as never;
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/range.m3u8",
      summary: "Play a stretch of time, across segments and gaps",
      tags,
      middleware,
      request: { params, query: rangeQuery },
      responses: { 200: playlist, ...failures },
    }),
    async (c) => {
      const camera = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      const text = await rangePlaylist(services, camera, rangeOf(c.req.valid("query")));
      return c.body(text, 200, { "Content-Type": PLAYLIST_TYPE }) as never;
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}/live.m3u8",
      summary: "Play what is recorded now, a few seconds behind",
      tags,
      middleware,
      request: { params },
      responses: { 200: playlist, ...failures },
    }),
    async (c) => {
      const camera = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").id);
      return c.body(await livePlaylist(services, camera), 200, { "Content-Type": PLAYLIST_TYPE }) as never;
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/cameras/{id}/exports",
      summary: "Make a recording in the library of a stretch of time",
      description: "Cut at the key frames around it, without encoding anew. Follow it as any recording.",
      tags,
      middleware,
      request: { params, body: body(exportRequest) },
      responses: { 202: { description: "The recording", content: json(recordingResource) }, ...failures },
    }),
    async (c) => {
      const principal = c.get("principal");
      const id = await exportRange(services, principal, c.req.valid("param").id, c.req.valid("json"));
      c.header("Location", `/api/v1/recordings/${id}`);
      return c.json(await describeRecording(services, await findOwned(services, principal, id)), 202);
    },
  );
}
