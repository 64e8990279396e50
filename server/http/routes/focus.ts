/** The contract of the snapshot system: sessions of pages that send JPEGs, and the recordings made of them. */
import { createRoute, z } from "@hono/zod-openapi";
import { cleanTitle, mp4Filename } from "@/lib/domain/names";
import { MAX_FPS, MIN_FPS, resolution, SNAPSHOT_CODECS } from "@/lib/protocol/snapshots";
import { deleteRecording } from "@/lib/server/recordings/lifecycle";
import { createFocusSession, findFocusSession } from "@/lib/server/snapshots/focus-sessions";
import {
  findSnapshotRecording,
  frameCount,
  listSnapshotRecordings,
  type SnapshotRecordingRow,
} from "@/lib/server/snapshots/snapshot-recordings";
import { type Api, type ApiContext, body, failures, json, signedIn } from "@/server/http/api";
import { sendMedia } from "@/server/http/routes/media";
import { untilReady } from "@/server/snapshots/until-ready";

const tags = ["Focus sessions"];
const middleware = signedIn;
const sessionParameter = z.object({ session_id: z.string() });
const recordingParameter = z.object({ recording_id: z.string() });
const words = z.string().max(200).transform(cleanTitle);

const newSession = z
  .object({
    session_name: words.default(""),
    subject: words.default(""),
    initial_score: z.number().nullable().default(null),
  })
  .meta({ id: "CreateFocusSession" });

const focusSession = z
  .object({
    session_id: z.string(),
    session_name: z.string(),
    subject: z.string(),
    initial_score: z.number().nullable(),
    status: z.enum(["active", "ended"]),
    created_at: z.string(),
  })
  .meta({ id: "FocusSession" });

const startQuery = z.object({
  fps: z.coerce.number().int().min(MIN_FPS).max(MAX_FPS).optional(),
  resolution: resolution.optional().meta({ type: "string", example: "1920x1080" }),
  codec: z.enum(SNAPSHOT_CODECS).optional().meta({ description: "avc1 is H.264" }),
});

const snapshotRecording = z
  .object({
    recording_id: z.string(),
    session_id: z.string(),
    status: z.enum(["recording", "stopped", "compiling", "ready", "failed"]),
    file_name: z.string(),
    file_path: z.string().meta({ description: "in the folder of the recordings" }),
    fps: z.int(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    codec: z.enum(SNAPSHOT_CODECS),
    duration_seconds: z.number().nullable().meta({ description: "of the video, once it has ended" }),
    frame_count: z.int().nullable(),
    file_size_bytes: z.int().nullable().meta({ description: "of the file, once it is ready" }),
    storage_url: z.string(),
    storage_provider: z.string(),
    started_at: z.string(),
    stopped_at: z.string().nullable(),
    download_url: z.string(),
  })
  .meta({ id: "SnapshotRecording" });

const stoppedRecording = snapshotRecording.extend({ message: z.string() }).meta({ id: "StoppedSnapshotRecording" });

export function addFocus(api: Api, context: ApiContext): void {
  addFocusSessions(api, context);
  addRecordingsOfSessions(api, context);
  addRecordingFiles(api, context);
}

function addFocusSessions(api: Api, { services, snapshots }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/focus/sessions",
      summary: "Begin a session of snapshots",
      description:
        "JPEGs are then sent to the WebSocket `/api/focus/ws/{session_id}?enable_recording=true`, about five a second.",
      tags,
      middleware,
      request: { body: body(newSession) },
      responses: { 201: { description: "The session", content: json(focusSession) }, ...failures },
    }),
    async (c) => {
      const { session_name, subject, initial_score } = c.req.valid("json");
      const session = await createFocusSession(services, c.get("principal"), {
        name: session_name,
        subject,
        initialScore: initial_score,
      });
      return c.json(
        {
          ...{ session_id: session.id, session_name, subject, initial_score, status: "active" as const },
          created_at: session.createdAt.toISOString(),
        },
        201,
      );
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/focus/sessions/{session_id}/end",
      summary: "End a session, and its recording",
      tags,
      middleware,
      request: { params: sessionParameter },
      responses: {
        200: {
          description: "It has ended",
          content: json(z.object({ status: z.literal("ended"), session_id: z.string() })),
        },
        ...failures,
      },
    }),
    async (c) => {
      const { session_id } = c.req.valid("param");
      await snapshots.endSession(c.get("principal"), session_id);
      return c.json({ status: "ended" as const, session_id }, 200);
    },
  );
}

function addRecordingsOfSessions(api: Api, { services, snapshots }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/recordings/sessions/{session_id}/start",
      summary: "Record the snapshots of a session",
      description: "Asking again while it is recorded changes nothing.",
      tags,
      middleware,
      request: { params: sessionParameter, query: startQuery },
      responses: { 200: { description: "It is recorded", content: json(snapshotRecording) }, ...failures },
    }),
    async (c) => {
      const principal = c.get("principal");
      const { fps, resolution: size, codec } = c.req.valid("query");
      const session = await findFocusSession(services, principal, c.req.valid("param").session_id);
      const live = await snapshots.begin(principal, session, { fps, size, codec });
      return c.json(describe(await findSnapshotRecording(services, principal, live.recordingId)), 200);
    },
  );
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/recordings/sessions/{session_id}/stop",
      summary: "End the recording of a session",
      description:
        "Waits some seconds for the file. `status` says whether it is `ready`; the figures hold in any case.",
      tags,
      middleware,
      request: { params: sessionParameter },
      responses: {
        200: { description: "It has ended", content: json(stoppedRecording) },
        409: { ...failures.default, description: "The session is not recorded" },
        ...failures,
      },
    }),
    async (c) => {
      const principal = c.get("principal");
      const { session_id } = c.req.valid("param");
      await findFocusSession(services, principal, session_id);
      const { recordingId } = await snapshots.expectEnd(principal, session_id);
      await untilReady(services, recordingId);
      const row = await findSnapshotRecording(services, principal, recordingId);
      const message = row.state === "ready" ? "The recording is ready." : "The recording has ended.";
      return c.json({ ...describe(row), message }, 200);
    },
  );
  for (const [path, summary] of [
    ["/api/recordings/sessions/{session_id}", "Recordings of a session, newest first"],
    ["/api/recordings/", "Your recordings of snapshots, newest first"],
  ] as const) {
    api.openapi(
      createRoute({
        method: "get",
        path,
        summary,
        tags,
        middleware,
        ...(path.endsWith("}") ? { request: { params: sessionParameter } } : {}),
        responses: { 200: { description: "Recordings", content: json(z.array(snapshotRecording)) }, ...failures },
      }),
      async (c) => {
        const sessionId = c.req.param("session_id" as never) as string | undefined;
        if (sessionId !== undefined) await findFocusSession(services, c.get("principal"), sessionId);
        const rows = await listSnapshotRecordings(
          services,
          c.get("principal"),
          sessionId === undefined ? {} : { sessionId },
        );
        return c.json(rows.map(describe), 200);
      },
    );
  }
}

function addRecordingFiles(api: Api, context: ApiContext): void {
  const { services } = context;
  api.openapi(
    createRoute({
      method: "get",
      path: "/api/recordings/{recording_id}/download",
      summary: "The MP4 of a recording of snapshots",
      tags,
      middleware,
      request: { params: recordingParameter },
      responses: {
        200: { description: "The file", content: { "video/mp4": { schema: { type: "string", format: "binary" } } } },
        409: { ...failures.default, description: "It is not ready; `state` says why" },
        ...failures,
      },
    }),
    async (c) => {
      const { recording_id } = c.req.valid("param");
      const { snapshots } = await findSnapshotRecording(services, c.get("principal"), recording_id);
      const output = snapshots.codec === "mp4v" ? "mp4v" : "mp4";
      return sendMedia(c, context, recording_id, { output }, true, snapshots.filename) as never;
    },
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/recordings/{recording_id}",
      summary: "Delete a recording of snapshots and every file of it",
      tags,
      middleware,
      request: { params: recordingParameter },
      responses: {
        200: {
          description: "It is gone",
          content: json(z.object({ message: z.string(), recording_id: z.string() })),
        },
        ...failures,
      },
    }),
    async (c) => {
      const { recording_id } = c.req.valid("param");
      await findSnapshotRecording(services, c.get("principal"), recording_id);
      await deleteRecording(services, c.get("principal"), recording_id);
      return c.json({ message: "The recording was deleted.", recording_id }, 200);
    },
  );
}

function describe(row: SnapshotRecordingRow): z.infer<typeof snapshotRecording> {
  const { snapshots } = row;
  const output = row.outputs.find(({ kind }) => kind === (snapshots.codec === "mp4v" ? "mp4v" : "mp4"));
  const frames = snapshots.endMs === null ? null : frameCount(snapshots.endMs, snapshots.fps);
  const durationMs = row.durationMs ?? (frames === null ? null : (frames * 1000) / snapshots.fps);
  return {
    recording_id: row.id,
    session_id: snapshots.sessionId,
    status: row.state as z.infer<typeof snapshotRecording>["status"],
    file_name: snapshots.filename,
    file_path: `${row.id}/${output?.filename ?? mp4Filename(row.id)}`,
    fps: snapshots.fps,
    width: row.width ?? snapshots.width,
    height: row.height ?? snapshots.height,
    codec: snapshots.codec as "avc1" | "mp4v",
    duration_seconds: durationMs === null ? null : durationMs / 1000,
    frame_count: row.durationMs === null ? frames : Math.round((row.durationMs * snapshots.fps) / 1000),
    file_size_bytes: output === undefined ? null : Number(output.sizeBytes),
    storage_url: `/api/recordings/${row.id}/download`,
    storage_provider: "local",
    started_at: row.createdAt.toISOString(),
    stopped_at: row.stoppedAt?.toISOString() ?? null,
    download_url: `/api/recordings/${row.id}/download`,
  };
}
