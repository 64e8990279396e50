/** What may be believed of a request: where it comes from, under which name it came, and whose page sent it. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { AppError } from "@/lib/domain/errors";
import type { Config } from "@/lib/server/config/load";

const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"];

/**
 * Settles the forwarding headers once, before anybody reads them: those of a client are removed, those of a trusted
 * proxy kept, and the socket's address filled in. Header names that Tapedeck itself sets for its pages are removed too.
 */
export function settleHeaders(request: IncomingMessage, config: Pick<Config, "TRUST_PROXY">): void {
  if (!config.TRUST_PROXY) for (const name of FORWARDED) delete request.headers[name];
  delete request.headers["x-nonce"];
  delete request.headers["content-security-policy"];
  request.headers["x-forwarded-for"] ??= request.socket.remoteAddress ?? "unknown";
  request.headers["x-forwarded-host"] ??= request.headers.host;
}

/** Network address of who is asking; call {@link settleHeaders} before. */
export function addressOf(request: IncomingMessage): string {
  return String(request.headers["x-forwarded-for"]).split(",")[0]?.trim() ?? "unknown";
}

/**
 * Refuses what a page of another origin sends: browsers add our cookies to it. Programs send no Origin and are let
 * through. RFC 6454 §7.3; for WebSockets RFC 6455 §10.2.
 *
 * @throws {AppError} forbidden
 */
export function checkOrigin(config: Pick<Config, "PUBLIC_URL">, headers: IncomingHttpHeaders): void {
  const origin = headers.origin;
  if (origin === undefined) return;
  if (URL.canParse(origin)) {
    const { host, origin: normalized } = new URL(origin);
    if (config.PUBLIC_URL !== "" && normalized === new URL(config.PUBLIC_URL).origin) return;
    if (host === headers["x-forwarded-host"] || host === headers.host) return;
  }
  throw new AppError("forbidden", "foreign_origin", "Requests from pages of other sites are refused.");
}
