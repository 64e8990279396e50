/** Server-sent events (HTML Living Standard §9.2): the state of recordings as it changes. */
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Change } from "@/lib/protocol/jobs";
import type { RecordingEvent } from "@/lib/protocol/recordings";
import { describeRecording } from "@/lib/server/recordings/describe";
import { findOwned } from "@/lib/server/recordings/find";
import { type Api, type ApiContext, type ApiEnv, failures, recordingIdParameter, signedIn } from "@/server/http/api";

const tags = ["Events"];
const middleware = signedIn;
const stream = {
  200: {
    description: "Events `recording` (the whole resource), `progress`, `deleted` and `storage`; the data is JSON",
    content: { "text/event-stream": { schema: { type: "string" as const } } },
  },
  ...failures,
};

/** Proxies close what is silent for a minute; a comment keeps it open. */
const KEEP_ALIVE_MS = 20_000;
/** More than this waiting for a slow reader: it is let go, and comes back to the newest state. */
const MAX_WAITING = 500;

export function addEvents(api: Api, context: ApiContext): void {
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/events",
      summary: "Follow all your recordings, and the room on the server's disk",
      description: "The first event is `storage`.",
      tags,
      middleware,
      responses: stream,
    }),
    (c) => follow(c, context, null) as never,
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}/events",
      summary: "Follow a recording",
      description: "The first event is the recording as it is now.",
      tags,
      middleware,
      request: { params: recordingIdParameter },
      responses: stream,
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      await findOwned(context.services, c.get("principal"), id);
      return follow(c, context, id) as never;
    },
  );
}

/** @param recordingId null: all of the principal's */
function follow(context: Context<ApiEnv>, { services, storage }: ApiContext, recordingId: string | null): Response {
  const principal = context.get("principal");
  // Proxies that gather answers (nginx) let these through.
  context.header("X-Accel-Buffering", "no");
  return streamSSE(context, async (sse) => {
    const waiting: (Change | { kind: "storage" })[] = [];
    let wake = () => {};
    const unsubscribe = services.changes.subscribe((change) => {
      if (change.ownerId !== principal.userId) return;
      if (recordingId !== null && change.recordingId !== recordingId) return;
      waiting.push(change);
      if (waiting.length > MAX_WAITING) sse.abort();
      wake();
    });
    const unwatch = storage.subscribe(() => {
      if (recordingId === null) waiting.push({ kind: "storage" });
      wake();
    });
    const keepAlive = setInterval(() => void sse.write(": still here\n\n"), KEEP_ALIVE_MS);
    sse.onAbort(() => wake());
    try {
      const send = (event: RecordingEvent) => sse.writeSSE({ event: event.type, data: JSON.stringify(event) });
      waiting.unshift(
        recordingId === null ? { kind: "storage" } : { kind: "changed", recordingId, ownerId: principal.userId },
      );
      while (!sse.aborted) {
        const change = waiting.shift();
        if (change === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
        } else if (change.kind === "storage") {
          await send({ type: "storage", ...storage.status });
        } else if (change.kind === "changed" || change.kind === "extra_progress") {
          const row = await findOwned(services, principal, change.recordingId).catch(() => null);
          if (row !== null) await send({ type: "recording", recording: describeRecording(services, row) });
        } else if (change.kind === "progress") {
          await send({ type: "progress", recordingId: change.recordingId, progress: change.progress });
        } else {
          await send({ type: "deleted", recordingId: change.recordingId });
        }
      }
    } finally {
      clearInterval(keepAlive);
      unsubscribe();
      unwatch();
    }
  });
}
