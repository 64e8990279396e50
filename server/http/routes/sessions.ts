/** The contract of the browser-recording system, translated to recordings: a session is a recording. */
import { createRoute, z } from "@hono/zod-openapi";
import { compileJobId } from "@/lib/protocol/jobs";
import type { RecordingResource } from "@/lib/protocol/recordings";
import { describeRecording } from "@/lib/server/recordings/describe";
import { findOwned, listOwned } from "@/lib/server/recordings/find";
import { deleteRecording, requestCompile } from "@/lib/server/recordings/lifecycle";
import { type Api, type ApiContext, failures, json, signedIn } from "@/server/http/api";
import { sendMedia } from "@/server/http/routes/media";

const tags = ["Sessions"];
const middleware = signedIn;
const params = z.object({ session_id: z.string() });

const session = z
  .object({
    session_id: z.string(),
    title: z.string(),
    status: z.enum(["recording", "stopped", "compiling", "ready", "failed"]),
    created_at: z.string(),
    duration_seconds: z.number().nullable(),
    size_bytes: z.int(),
    has_video: z.boolean(),
    has_audio: z.boolean(),
    download_url: z.string().nullable(),
  })
  .meta({ id: "Session" });

const compilation = z
  .object({
    session_id: z.string(),
    job_id: z.string(),
    status: session.shape.status,
    progress: z.number().meta({ description: "0 to 1" }),
    progress_url: z.string().meta({ description: "server-sent events" }),
    download_url: z.string(),
  })
  .meta({ id: "Compilation" });

export function addSessions(api: Api, context: ApiContext): void {
  const { services } = context;

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/sessions",
      summary: "Your sessions, newest first",
      tags,
      middleware,
      responses: { 200: { description: "Sessions", content: json(z.array(session)) }, ...failures },
    }),
    async (c) => {
      const sessions: z.infer<typeof session>[] = [];
      let cursor: string | undefined;
      do {
        const page = await listOwned(services, c.get("principal"), { sort: "newest", limit: 200, cursor });
        sessions.push(...page.recordings.map(describeSession));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return c.json(sessions, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/compile-video/{session_id}",
      summary: "Compile a session into an MP4",
      tags,
      middleware,
      request: { params },
      responses: {
        200: { description: "It is ready already", content: json(compilation) },
        202: { description: "The job, and where to follow it", content: json(compilation) },
        ...failures,
      },
    }),
    async (c) => {
      const { session_id: id } = c.req.valid("param");
      await requestCompile(services, c.get("principal"), id);
      const row = await findOwned(services, c.get("principal"), id);
      const { state, progress } = describeRecording(services, row);
      const answer = {
        session_id: id,
        job_id: compileJobId({ recordingId: id, requestedAtMs: row.compileRequestedAt?.getTime() ?? 0 }),
        status: state,
        progress: state === "ready" ? 1 : (progress?.fraction ?? 0),
        progress_url: `/api/v1/recordings/${id}/events`,
        download_url: `/api/download/${id}`,
      };
      return state === "ready" ? c.json(answer, 200) : c.json(answer, 202);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/download/{session_id}",
      summary: "The MP4 of a session",
      tags,
      middleware,
      request: { params },
      responses: {
        200: { description: "The file", content: { "video/mp4": { schema: { type: "string", format: "binary" } } } },
        409: { ...failures.default, description: "It is not ready; `state` says why" },
        ...failures,
      },
    }),
    (c) => sendMedia(c, context, c.req.valid("param").session_id, { output: "mp4" }, true) as never,
  );

  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/sessions/{session_id}",
      summary: "Delete a session and every file of it",
      tags,
      middleware,
      request: { params },
      responses: {
        200: {
          description: "It is gone",
          content: json(z.object({ message: z.string(), session_id: z.string() })),
        },
        ...failures,
      },
    }),
    async (c) => {
      const { session_id } = c.req.valid("param");
      await deleteRecording(services, c.get("principal"), session_id);
      return c.json({ message: "The session was deleted.", session_id }, 200);
    },
  );
}

function describeSession(recording: RecordingResource): z.infer<typeof session> {
  return {
    session_id: recording.id,
    title: recording.title,
    status: recording.state,
    created_at: recording.createdAt,
    duration_seconds: recording.durationMs === null ? null : recording.durationMs / 1000,
    size_bytes: recording.sizeBytes,
    has_video: recording.tracks.some(({ kind }) => kind === "video"),
    has_audio: recording.tracks.some(({ kind }) => kind === "audio"),
    download_url: recording.downloadUrl === null ? null : `/api/download/${recording.id}`,
  };
}
