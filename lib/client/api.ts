/**
 * Asks the REST API from a page. What goes wrong is always an {@link AppError}: the API's own code and sentence, or
 * `unreachable` when no answer came. The request id, where there is one, is `facts.requestId`.
 */
import { AppError, type ErrorKind, OUTCOMES } from "@/lib/domain/errors";
import type { ErrorBody } from "@/lib/protocol/recordings";

const BASE = "/api/v1";

interface AskOptions {
  signal?: AbortSignal | undefined;
  /** Lets the request outlive the page (64 KiB at most in all, Fetch Standard §4.6 "keepalive"). */
  keepalive?: boolean | undefined;
  /** Before what the page asks for otherwise; a browser has six connections to a server (Fetch Standard §5.4 "priority"). */
  isUrgent?: boolean | undefined;
}

/**
 * One request to the API.
 *
 * @param path below `/api/v1`, with its leading slash
 * @param body sent as JSON; undefined: nothing is sent
 * @returns the answer's JSON; undefined when it has no body
 * @throws {AppError} of the answer's kind; `unavailable` with code `unreachable` when there was none
 * @throws {DOMException} AbortError when `signal` was aborted
 */
export async function askApi<T>(method: string, path: string, body?: unknown, options: AskOptions = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      keepalive: options.keepalive ?? false,
      priority: options.isUrgent ? "high" : "auto",
      cache: "no-store",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new AppError("unavailable", "unreachable", "The server cannot be reached. Check your connection.", {
      cause: error,
    });
  }
  const text = await response.text();
  if (!response.ok) throw readError(response, text);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The API by method; see {@link askApi}. */
export const api = {
  get: <T>(path: string, options?: AskOptions) => askApi<T>("GET", path, undefined, options),
  post: <T>(path: string, body?: unknown, options?: AskOptions) => askApi<T>("POST", path, body ?? {}, options),
  patch: <T>(path: string, body: unknown, options?: AskOptions) => askApi<T>("PATCH", path, body, options),
  delete: (path: string, options?: AskOptions) => askApi<void>("DELETE", path, undefined, options),
};

function readError(response: Response, text: string): AppError {
  const kind = kindOf(response.status);
  try {
    const { code, message, ...facts } = JSON.parse(text) as ErrorBody;
    if (typeof code === "string" && typeof message === "string") return new AppError(kind, code, message, { facts });
  } catch {
    // Not from Tapedeck: a proxy in between answered in its own way.
  }
  return new AppError(kind, "unexpected_answer", `The server gave an unexpected answer (${response.status}).`, {
    facts: { requestId: response.headers.get("x-request-id") },
  });
}

function kindOf(status: number): ErrorKind {
  const kinds = Object.keys(OUTCOMES) as ErrorKind[];
  return kinds.find((kind) => OUTCOMES[kind].httpStatus === status) ?? (status >= 500 ? "unavailable" : "invalid");
}
