import { afterEach, expect, test, vi } from "vitest";
import { api } from "@/lib/client/api";
import { AppError } from "@/lib/domain/errors";

afterEach(() => vi.unstubAllGlobals());

function answerWith(respond: (url: string, init: RequestInit) => Response | Promise<Response>) {
  const fetch = vi.fn(async (url: string, init: RequestInit) => respond(url, init));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

test("an answer's JSON is returned, and the body goes out as JSON below /api/v1", async () => {
  const fetch = answerWith(() => Response.json({ id: "a" }));
  expect(await api.patch("/recordings/a", { title: "Tide" })).toEqual({ id: "a" });
  const [url, init] = fetch.mock.calls[0] as [string, RequestInit];
  expect(url).toBe("/api/v1/recordings/a");
  expect(init.method).toBe("PATCH");
  expect(init.body).toBe('{"title":"Tide"}');
});

test("an answer without a body is undefined", async () => {
  answerWith(() => new Response(null, { status: 204 }));
  expect(await api.delete("/recordings/a")).toBeUndefined();
});

test("an error of the API keeps its kind, code, sentence, request id and facts", async () => {
  answerWith(() =>
    Response.json(
      { code: "too_many_tries", message: "Too many tries.", requestId: "r-1", retryAfterSeconds: 9 },
      { status: 429 },
    ),
  );
  const error = await failureOf(api.post("/setup", {}));
  expect(error.kind).toBe("rate_limited");
  expect(error.code).toBe("too_many_tries");
  expect(error.message).toBe("Too many tries.");
  expect(error.facts).toEqual({ requestId: "r-1", retryAfterSeconds: 9 });
});

test("a page of a proxy instead of JSON is an unexpected answer, to be tried again when it is a 5xx", async () => {
  answerWith(() => new Response("<h1>Bad gateway</h1>", { status: 521, headers: { "x-request-id": "r-2" } }));
  const error = await failureOf(api.get("/me"));
  expect(error.code).toBe("unexpected_answer");
  expect(error.outcome.retry).toBe(true);
  expect(error.facts.requestId).toBe("r-2");
});

test("no answer at all is `unreachable`", async () => {
  answerWith(() => {
    throw new TypeError("Failed to fetch");
  });
  expect((await failureOf(api.get("/me"))).code).toBe("unreachable");
});

test("an aborted request stays an AbortError", async () => {
  answerWith(() => {
    throw new DOMException("aborted", "AbortError");
  });
  await expect(api.get("/me")).rejects.toThrow(DOMException);
});
