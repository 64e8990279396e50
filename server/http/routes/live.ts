/** Watching a recording while it runs: HLS from the growing MP4 and its live index (lib/media/mp4/live-layout). */
import fs from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AppError } from "@/lib/domain/errors";
import { LIVE_INDEX_FILENAME } from "@/lib/domain/names";
import { livePlaylist } from "@/lib/media/hls-playlist";
import { fragmentHeader, initSegment } from "@/lib/media/mp4/fragments";
import type { LiveHeader } from "@/lib/media/mp4/live-layout";
import type { LiveIndexReader } from "@/lib/server/live/live-index-reader";
import { LiveIndexes } from "@/lib/server/live/live-indexes";
import { notLive, openMedia } from "@/lib/server/recordings/media";
import {
  type Api,
  type ApiContext,
  type ApiEnv,
  failures,
  orShared,
  recordingIdParameter,
  signedInOrShared,
} from "@/server/http/api";

const tags = ["Watching live"];
const shared = { middleware: signedInOrShared, security: orShared };
const binary = { type: "string" as const, format: "binary" };

/** Three target durations: after that a player that waits is answered with what there is. */
const WAIT_MS = 6000;
/** Nothing under an address with its run ever changes; nobody but the viewer's own browser may keep it. */
const KEPT = "private, max-age=600";

const playlistQuery = z.object({
  _HLS_msn: z.coerce.number().int().min(0).optional().meta({ description: "wait for the segment of this number" }),
  _HLS_skip: z.enum(["YES", "v2"]).optional().meta({ description: "leave out what is far from the end" }),
});

export function addLive(api: Api, { services }: ApiContext): void {
  const indexes = new LiveIndexes(services.changes);

  /** The door, and the index behind it. */
  async function open(c: Context<ApiEnv>, id: string): Promise<{ file: string; reader: LiveIndexReader }> {
    const { file } = await openMedia(services, c.get("viewer"), id, { live: LIVE_INDEX_FILENAME }, false);
    const reader = indexes.reader(id, file);
    if (!(await reader.refresh())) throw notLive();
    return { file, reader };
  }

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/live/index.m3u8",
      summary: "A recording that runs, as an HLS playlist",
      description:
        "Of all that was recorded so far; it grows until the recording ends, and goes when its file is there.",
      tags,
      ...shared,
      request: { params: recordingIdParameter, query: playlistQuery },
      responses: {
        200: {
          description: "The playlist",
          content: { "application/vnd.apple.mpegurl": { schema: { type: "string" } } },
        },
        ...failures,
      },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { _HLS_msn: wanted, _HLS_skip: skip } = c.req.valid("query");
      const { file, reader } = await open(c, id);
      if (wanted !== undefined && wanted > reader.durationsMs.length + 2) {
        // draft-pantos-hls-rfc8216bis §6.2.5.2: such a player is lost, or has the playlist of another run.
        throw new AppError("invalid", "segment_too_far", "There is no such segment yet, nor will be soon.");
      }
      const signal = abortedWith(c);
      await indexes.waitForMore(id, file, { count: wanted ?? 0, timeoutMs: WAIT_MS, signal });
      const { header } = reader;
      if (header === null) throw notLive();
      const row = await services.database.recording.findUnique({ where: { id }, select: { state: true } });
      const query = addressQuery(c, header);
      return c.body(
        livePlaylist({
          durationsMs: reader.durationsMs,
          isOver: row?.state !== "recording",
          initUri: `init.mp4?${query}`,
          segmentUri: (index) => `${index}.m4s?${query}`,
          isDelta: skip !== undefined,
        }),
        200,
        { "Content-Type": "application/vnd.apple.mpegurl", "Cache-Control": "no-store" },
      ) as never;
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/live/init.mp4",
      summary: "What a player needs before the segments",
      tags,
      ...shared,
      request: { params: recordingIdParameter },
      responses: { 200: { description: "ftyp and moov", content: { "video/mp4": { schema: binary } } }, ...failures },
    }),
    async (c) => {
      const { reader } = await open(c, c.req.valid("param").id);
      if (reader.header === null) throw notLive();
      const bytes = initSegment(reader.header);
      return c.body(bytes.slice().buffer, 200, { "Content-Type": "video/mp4", "Cache-Control": KEPT }) as never;
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/live/{segment}",
      summary: "A segment",
      description: "`0.m4s` is the first.",
      tags,
      ...shared,
      request: { params: recordingIdParameter.extend({ segment: z.string().max(20) }) },
      responses: { 200: { description: "moof and mdat", content: { "video/mp4": { schema: binary } } }, ...failures },
    }),
    async (c) => {
      const { id, segment: name } = c.req.valid("param");
      const { reader } = await open(c, id);
      const index = /^(\d{1,9})\.m4s$/.exec(name)?.[1];
      const segment = index === undefined ? null : await reader.segment(Number(index));
      const { header } = reader;
      if (segment === null || header === null)
        throw new AppError("not_found", "segment_not_found", "There is no such segment.");
      const { file } = await openMedia(services, c.get("viewer"), id, { live: header.filename }, false);
      const head = fragmentHeader(header, segment, Number(index) + 1);
      return (await sendSegment(c, file, head, segment)) as never;
    },
  );
}

/** What every address in the playlist carries: which run it is of, and the link of who came by one. */
function addressQuery(c: Context<ApiEnv>, { filename }: LiveHeader): string {
  const share = c.req.query("share");
  return new URLSearchParams({ run: filename.slice(5, 13), ...(share === undefined ? {} : { share }) }).toString();
}

/** Aborted when whoever asked has left. */
function abortedWith(c: Context<ApiEnv>): AbortSignal {
  const controller = new AbortController();
  c.env.outgoing.once("close", () => controller.abort());
  return controller.signal;
}

/** `head` and then the segment's samples from the growing file. */
async function sendSegment(
  c: Context<ApiEnv>,
  file: string,
  head: Uint8Array,
  { offsetBytes, lengthBytes }: { offsetBytes: number; lengthBytes: number },
): Promise<Response> {
  const handle = await fs.open(file, "r").catch((error: NodeJS.ErrnoException) => {
    // It got its own name a moment ago: the recording is finished.
    if (error.code === "ENOENT") throw notLive();
    throw error;
  });
  const { outgoing } = c.env;
  outgoing.writeHead(200, {
    "X-Request-Id": c.get("requestId"),
    "Content-Type": "video/mp4",
    "Content-Length": head.length + lengthBytes,
    "Cache-Control": KEPT,
    "X-Content-Type-Options": "nosniff",
  });
  outgoing.write(head);
  const samples = handle.createReadStream({ start: offsetBytes, end: offsetBytes + lengthBytes - 1 });
  // Whoever leaves in the middle is no failure of ours.
  await pipeline(samples, outgoing).catch(() => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}
