/** Answers with bytes that are read from somewhere, whole or in part, as a file on the disk is answered with. */
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import contentDisposition from "content-disposition";
import type { Context } from "hono";
import type { ApiEnv } from "@/server/http/api";

/** What is sent, but for the bytes. */
export interface SentMedia {
  sizeBytes: number;
  contentType: string;
  /** Strong validator: the digest of the content, in quotes; null: not known. */
  etag: string | null;
  downloadName: string;
}

/**
 * Whoever calls this has made sure that the principal may have it.
 *
 * @param read gives the bytes of a range, both ends included, or all of them
 * @throws whatever `read` throws, before anything is sent
 * @see RFC 9110 §14 (one range; several are answered with the whole), §13.1.2, §13.1.5
 */
export async function sendBytes(
  context: Context<ApiEnv>,
  media: SentMedia,
  read: (range?: { start: number; end: number }) => Promise<Readable>,
  asAttachment: boolean,
): Promise<Response> {
  const { incoming, outgoing } = context.env;
  const { headers, method } = incoming;
  const facts = {
    "X-Request-Id": context.get("requestId"),
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
    ...(media.etag === null ? {} : { ETag: media.etag }),
  };
  if (
    headers["if-none-match"]?.split(/\s*,\s*/).some((each) => each === "*" || each.replace(/^W\//, "") === media.etag)
  ) {
    outgoing.writeHead(304, facts).end();
    return RESPONSE_ALREADY_SENT;
  }
  const isSame = headers["if-range"] === undefined || headers["if-range"] === media.etag;
  const range = isSame ? readRange(headers.range, media.sizeBytes) : null;
  if (range === "unsatisfiable") {
    outgoing.writeHead(416, { ...facts, "Content-Range": `bytes */${media.sizeBytes}` }).end();
    return RESPONSE_ALREADY_SENT;
  }
  const length = range === null ? media.sizeBytes : range.end - range.start + 1;
  const body = method === "HEAD" || length === 0 ? null : await read(range ?? undefined);
  outgoing.writeHead(range === null ? 200 : 206, {
    ...facts,
    "Content-Type": media.contentType,
    "Content-Length": length,
    "Content-Disposition": contentDisposition(media.downloadName, { type: asAttachment ? "attachment" : "inline" }),
    ...(range === null ? {} : { "Content-Range": `bytes ${range.start}-${range.end}/${media.sizeBytes}` }),
  });
  if (body === null) outgoing.end();
  // The head is out: what breaks now can only cut the connection, and a client sees that by the length.
  else await pipeline(body, outgoing).catch(() => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

/** @returns null: the whole */
export function readRange(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return null;
  const [, first = "", last = ""] = match;
  // A suffix: the last bytes (§14.1.2).
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== "" && first !== "" && Number(last) < Number(first)) return null;
  return start > end || (first === "" && Number(last) === 0) ? "unsatisfiable" : { start, end };
}
