/** HTTP requests to addresses that users gave: through the guard, each redirect judged like the first address. */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import http from "node:http";
import https from "node:https";
import { AppError } from "@/lib/domain/errors";
import type { OutboundGuard } from "@/lib/server/outbound/outbound-guard";

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface GuardedRequestOptions {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** Until the head of the answer is there, over all redirects. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Makes a request. A body is sent to the first address only: what is redirected after it (307, 308 of a POST) is an
 * answer to the caller, and so is every status.
 *
 * @param url http or https; a name and password in it are taken for basic authentication of this host alone
 * @returns the answer, whose body the caller reads or destroys, and the address it came from in the end
 * @throws {AppError} invalid for an address that may not be reached; source_failed when nobody answers, timed_out
 */
export async function guardedRequest(
  guard: OutboundGuard,
  url: string,
  { method = "GET", headers = {}, body, timeoutMs = 10_000, signal }: GuardedRequestOptions = {},
): Promise<{ response: IncomingMessage; url: URL }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const waits = new AbortController();
  const give = (reason: unknown) => waits.abort(reason);
  const onDeadline = () => give(new AppError("timed_out", "source_silent", "The address did not answer in time."));
  const onSignal = () => give(signal?.reason);
  deadline.addEventListener("abort", onDeadline);
  signal?.addEventListener("abort", onSignal);
  if (signal?.aborted) onSignal();
  try {
    let target = httpUrl(url);
    let sent: OutgoingHttpHeaders = headers;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await requestOnce(guard, target, { method, headers: sent, body }, waits.signal);
      const { location } = response.headers;
      const isFollowed = body === undefined && (method === "GET" || method === "HEAD") && location !== undefined;
      if (!isFollowed || !REDIRECTS.includes(response.statusCode ?? 0)) return { response, url: target };
      response.destroy();
      const next = httpUrl(location, target);
      // What was said to one host is not for another.
      if (next.origin !== target.origin) sent = withoutCredentials(sent);
      else if (next.username === "") Object.assign(next, { username: target.username, password: target.password });
      target = next;
    }
    throw new AppError("source_failed", "too_many_redirects", "The address redirects too often.");
  } finally {
    deadline.removeEventListener("abort", onDeadline);
    signal?.removeEventListener("abort", onSignal);
  }
}

function requestOnce(
  guard: OutboundGuard,
  url: URL,
  { method, headers, body }: { method: string; headers: OutgoingHttpHeaders; body: string | Buffer | undefined },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const [request, agent] =
    url.protocol === "https:" ? [https.request, guard.httpsAgent] : ([http.request, guard.httpAgent] as const);
  return new Promise((resolve, reject) => {
    const stop = () => sending.destroy();
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", stop);
      reject(signal.aborted ? signal.reason : connectionFailed(error));
    };
    if (signal.aborted) return reject(signal.reason);
    const { username, password } = url;
    const auth = username === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
    const sending = request(withoutUser(url), { method, headers, agent, ...auth });
    signal.addEventListener("abort", stop);
    sending.on("error", fail);
    sending.on("response", (response) => {
      signal.removeEventListener("abort", stop);
      resolve(response);
    });
    sending.end(body);
  });
}

/** What a failed connection means to the user. */
export function connectionFailed(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const inner =
    error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined)?.code : undefined;
  const [ours, words] = CONNECTION_PROBLEMS[code || (inner ?? "")] ?? ["connection_failed", "The connection failed."];
  return new AppError("source_failed", ours, words, { cause: error, detail: String(error) });
}

const UNTRUSTED: [code: string, words: string] = [
  "certificate_refused",
  "The certificate of the other side is not one that can be trusted for this address.",
];

const CONNECTION_PROBLEMS: Readonly<Record<string, [code: string, words: string]>> = {
  ENOTFOUND: ["address_not_found", "There is no such address."],
  EAI_AGAIN: ["address_not_found", "The address could not be looked up."],
  ECONNREFUSED: ["connection_refused", "The connection was refused: nothing listens at this address and port."],
  EHOSTUNREACH: ["no_route", "There is no route to this address."],
  ENETUNREACH: ["no_route", "There is no route to this address."],
  ETIMEDOUT: ["source_silent", "The address did not answer in time."],
  ECONNRESET: ["connection_reset", "The other side closed the connection."],
  EPIPE: ["connection_reset", "The other side closed the connection."],
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: UNTRUSTED,
  CERT_NOT_YET_VALID: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
};

function withoutUser(url: URL): URL {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  return plain;
}

function withoutCredentials(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !["authorization", "cookie"].includes(name.toLowerCase())),
  );
}

/** @throws {AppError} invalid for what is no http or https address */
function httpUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : null;
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new AppError("invalid", "address_invalid", "This is no http or https address.");
}
