/** The files of a recording, with ranges and validators (RFC 9110 §13–14). */

import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { createRoute, z } from "@hono/zod-openapi";
import contentDisposition from "content-disposition";
import type { Context } from "hono";
import send from "send";
import { AppError } from "@/lib/domain/errors";
import { openIndexFirst } from "@/lib/server/recordings/index-first";
import { type Media, type MediaRequest, openMedia } from "@/lib/server/recordings/media";
import {
  type Api,
  type ApiContext,
  type ApiEnv,
  failures,
  orShared,
  recordingIdParameter,
  signedIn,
  signedInOrShared,
} from "@/server/http/api";
import { sendBytes } from "@/server/http/send-bytes";

const tags = ["Media"];
/** Open to those who have a share link. */
const shared = { middleware: signedInOrShared, security: orShared };

const downloadQuery = z.object({
  download: z.enum(["0", "1"]).optional().meta({ description: "1: to be saved under the recording's title" }),
});

function file(description: string, contentType: string) {
  return { description, content: { [contentType]: { schema: { type: "string" as const, format: "binary" } } } };
}

export function addMedia(api: Api, context: ApiContext): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/file",
      summary: "The finished MP4",
      tags,
      ...shared,
      request: {
        params: recordingIdParameter,
        query: downloadQuery.extend({
          index: z.enum(["first", "any"]).optional().meta({
            description:
              "first: the index stands before the samples, for players without ranges; the same bytes otherwise, in another order",
          }),
        }),
      },
      responses: {
        200: file("The whole file", "video/mp4"),
        206: file("The range that was asked for", "video/mp4"),
        409: { ...failures.default, description: "It is not ready; `state` says why" },
        ...failures,
      },
    }),
    (c) => {
      const { download, index } = c.req.valid("query");
      const { id } = c.req.valid("param");
      const isDownload = download === "1";
      if (index !== "first") return sendMedia(c, context, id, { output: "mp4" }, isDownload) as never;
      return sendIndexFirst(c, context, id, isDownload) as never;
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/thumbnail",
      summary: "A picture of the recording",
      tags,
      ...shared,
      request: { params: recordingIdParameter },
      responses: { 200: file("JPEG, at most 640 pixels wide or high", "image/jpeg"), ...failures },
    }),
    (c) => sendMedia(c, context, c.req.valid("param").id, { output: "thumbnail" }, false) as never,
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/tracks/{filename}",
      summary: "A raw track as it came",
      tags,
      middleware: signedIn,
      request: { params: recordingIdParameter.extend({ filename: z.string() }) },
      responses: { 200: file("The track", "video/webm"), ...failures },
    }),
    (c) => {
      const { id, filename } = c.req.valid("param");
      return sendMedia(c, context, id, { track: filename }, true) as never;
    },
  );
}

/** Answers with a file, whole or in part, under its own name unless another is given. Everything about the connection is done by `send` on the Node response. */
export async function sendMedia(
  context: Context<ApiEnv>,
  { services }: ApiContext,
  recordingId: string,
  request: MediaRequest,
  asAttachment: boolean,
  downloadName?: string,
): Promise<Response> {
  const media = await openMedia(services, context.get("viewer"), recordingId, request, asAttachment);
  return sendFile(context, media, asAttachment, downloadName);
}

/** The finished MP4 with its index before the samples, wherever it stands in the file. */
async function sendIndexFirst(
  context: Context<ApiEnv>,
  { services }: ApiContext,
  recordingId: string,
  asAttachment: boolean,
): Promise<Response> {
  const media = await openMedia(services, context.get("viewer"), recordingId, { output: "mp4" }, asAttachment);
  const turned = await openIndexFirst(media.file);
  if (turned === null) return sendFile(context, media, asAttachment);
  // The order of the bytes is another, so it is another representation.
  const etag = media.etag === null ? null : media.etag.replace(/"$/, '-index-first"');
  return sendBytes(context, { ...media, etag, sizeBytes: turned.sizeBytes }, turned.read, asAttachment);
}

/** Its settings were removed while there was still something in it. */
function storeMissing(): AppError {
  return new AppError("unavailable", "object_store_missing", "The file is in an object store that is not set up.");
}

/** Answers with a file that somebody may have, from this disk or the object store. */
export async function sendFile(
  context: Context<ApiEnv>,
  media: Media,
  asAttachment: boolean,
  downloadName: string = media.downloadName,
): Promise<Response> {
  const { objectStore } = context.get("services");
  if (media.object !== undefined) {
    if (objectStore === null) throw storeMissing();
    const { contentType, etag } = media;
    const { key, sizeBytes } = media.object;
    const about = { sizeBytes, contentType, etag, downloadName };
    return sendBytes(context, about, (range) => objectStore.read(key, range), asAttachment);
  }
  const { incoming, outgoing } = context.env;
  outgoing.setHeader("X-Request-Id", context.get("requestId"));
  outgoing.setHeader("Content-Type", media.contentType);
  outgoing.setHeader(
    "Content-Disposition",
    contentDisposition(downloadName, { type: asAttachment ? "attachment" : "inline" }),
  );
  // Private: no shared cache may keep it. `no-cache`: a browser asks each time, and gets 304 by the ETag.
  outgoing.setHeader("Cache-Control", "private, no-cache");
  outgoing.setHeader("X-Content-Type-Options", "nosniff");
  if (media.etag !== null) outgoing.setHeader("ETag", media.etag);
  await new Promise<void>((resolve, reject) => {
    send(incoming, media.file, { etag: false, cacheControl: false, dotfiles: "allow", index: false })
      .on("error", (error: NodeJS.ErrnoException & { status?: number }) => {
        if (outgoing.headersSent) return outgoing.destroy(error);
        if (error.status === 412 || error.status === 416) {
          // Content-Range of a 416 is set by send already (RFC 9110 §15.5.17); neither has a body.
          outgoing.removeHeader("Content-Disposition");
          outgoing.writeHead(error.status).end();
          return;
        }
        for (const name of ["Content-Disposition", "ETag", "Content-Type"]) outgoing.removeHeader(name);
        reject(new AppError("internal", "file_missing", "The file cannot be read.", { cause: error }));
      })
      .pipe(outgoing);
    outgoing.once("close", resolve);
  });
  return RESPONSE_ALREADY_SENT;
}
