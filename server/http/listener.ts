/** Sends each request where it belongs: the API to Hono, pages and sign-in to Next; with the headers both need. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Config } from "@/lib/server/config/load";
import type { Log } from "@/lib/server/log";
import type { Api } from "@/server/http/api";
import { settleHeaders } from "@/server/http/request-facts";

export type NextHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** @param next null: a server without pages, for tests and benchmarks of the rest */
export function createListener(config: Config, log: Log, api: Api, next: NextHandler | null): RequestListener {
  const apiListener = getRequestListener(api.fetch, { overrideGlobalObjects: false });
  const isDevelopment = process.env.NODE_ENV === "development";
  return (request, response) => {
    settleHeaders(request, config);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "same-origin");
    response.setHeader("X-Frame-Options", "DENY");
    if (config.PUBLIC_URL.startsWith("https:")) response.setHeader("Strict-Transport-Security", "max-age=31536000");
    if (next === null || isApi(request.url ?? "/")) {
      void apiListener(request, response);
      return;
    }
    const nonce = randomBytes(16).toString("base64");
    const policy = contentSecurityPolicy(nonce, config, isDevelopment);
    // Next reads the nonce for its own scripts from the policy of the request.
    request.headers["content-security-policy"] = policy;
    request.headers["x-nonce"] = nonce;
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader(
      "Permissions-Policy",
      "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
    );
    next(request, response).catch((error) => {
      log.error({ error, path: request.url }, "page failed");
      if (!response.headersSent) response.writeHead(500).end("Something went wrong on the server.");
    });
  };
}

/** Everything under /api but sign-in, which next-auth serves in Next. */
function isApi(url: string): boolean {
  const path = url.split("?", 1)[0] as string;
  if (path === "/metrics" || path.startsWith("/podsinspace/")) return true;
  return path.startsWith("/api/") && !path.startsWith("/api/auth/");
}

/** Content Security Policy Level 3. Styles are inline in what React and Radix render; scripts need the nonce. */
function contentSecurityPolicy(nonce: string, config: Config, isDevelopment: boolean): string {
  const sockets = [config.VIDEO_SOCKET_URL, config.AUDIO_SOCKET_URL].filter(Boolean).map((url) => new URL(url).origin);
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    `connect-src ${["'self'", ...sockets, ...(isDevelopment ? ["ws:"] : [])].join(" ")}`,
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
