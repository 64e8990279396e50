/** Recording of motion JPEG streams: its own routes, and the contract of the system they come from. */
import { createRoute, z } from "@hono/zod-openapi";
import { captureResource, startCaptureRequest } from "@/lib/protocol/mjpeg";
import {
  describeCapture,
  findByFilename,
  findCapture,
  listCaptures,
  startCapture,
  stopCapture,
  waitForFile,
} from "@/lib/server/mjpeg/captures";
import { type Api, type ApiContext, body, failures, json, signedIn } from "@/server/http/api";
import { sendMedia } from "@/server/http/routes/media";

const tags = ["Streams"];
const middleware = signedIn;

/** The contract's stop answers when the file is there; a long recording is copied within this, or goes on behind it. */
const STOP_PATIENCE_MS = 25_000;

const idParameter = z.object({ id: z.string().meta({ description: "id of the stream, or its recording_id" }) });
const contractParameter = z.object({ recording_id: z.string() });

const started = z
  .object({ success: z.boolean(), message: z.string(), recording_id: z.string() })
  .meta({ id: "StreamRecordingStarted" });
const stopped = z
  .object({ success: z.boolean(), message: z.string(), download_url: z.string() })
  .meta({ id: "StreamRecordingStopped" });
const status = z
  .object({
    status: z.enum(["scheduled", "recording", "processing", "completed", "failed"]),
    filename: z.string(),
    file_size: z.int(),
    download_url: z.string(),
  })
  .meta({ id: "StreamRecordingStatus" });

export function addMjpeg(api: Api, context: ApiContext): void {
  const { services } = context;

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/mjpeg-captures",
      summary: "Your stream recordings, newest first",
      tags,
      middleware,
      responses: { 200: { description: "Streams", content: json(z.array(captureResource)) }, ...failures },
    }),
    async (c) => c.json(await listCaptures(services, c.get("principal")), 200),
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/mjpeg-captures",
      summary: "Record a motion JPEG stream, now or later",
      tags,
      middleware,
      request: { body: body(startCaptureRequest) },
      responses: { 201: { description: "It has begun, or will", content: json(captureResource) }, ...failures },
    }),
    async (c) => c.json(describeCapture(await startCapture(services, c.get("principal"), c.req.valid("json"))), 201),
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/mjpeg-captures/{id}",
      summary: "One stream recording",
      tags,
      middleware,
      request: { params: idParameter },
      responses: { 200: { description: "The stream", content: json(captureResource) }, ...failures },
    }),
    async (c) => c.json(describeCapture(await findCapture(services, c.get("principal"), c.req.valid("param").id)), 200),
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/mjpeg-captures/{id}/stop",
      summary: "Stop recording a stream",
      tags,
      middleware,
      request: { params: idParameter },
      responses: { 200: { description: "It ends", content: json(captureResource) }, ...failures },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      await stopCapture(services, c.get("principal"), id);
      return c.json(describeCapture(await findCapture(services, c.get("principal"), id)), 200);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/podsinspace/recording/start",
      summary: "Record a motion JPEG stream",
      tags,
      middleware,
      request: { body: body(startCaptureRequest) },
      responses: { 200: { description: "It has begun", content: json(started) }, ...failures },
    }),
    async (c) => {
      const { alias } = await startCapture(services, c.get("principal"), c.req.valid("json"));
      return c.json({ success: true, message: "Recording started.", recording_id: alias }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/podsinspace/recording/stop/{recording_id}",
      summary: "Stop a recording and get its file",
      tags,
      middleware,
      request: { params: contractParameter },
      responses: { 200: { description: "It has ended", content: json(stopped) }, ...failures },
    }),
    async (c) => {
      const { recording_id: alias } = c.req.valid("param");
      const principal = c.get("principal");
      await stopCapture(services, principal, alias);
      const capture = await waitForFile(services, principal, alias, STOP_PATIENCE_MS);
      const { recordingState, sizeBytes, filename } = describeCapture(capture);
      const url = downloadUrl(filename);
      if (recordingState === "ready") {
        return c.json(
          { success: true, message: `Recording stopped. Size: ${inMegabytes(sizeBytes)}.`, download_url: url },
          200,
        );
      }
      const why = capture.recording?.failureMessage ?? null;
      const message =
        recordingState === "failed" || recordingState === null
          ? `Recording stopped, but there is no file. ${why ?? "Nothing was recorded."}`
          : `Recording stopped; its file is being finished. Size so far: ${inMegabytes(sizeBytes)}.`;
      const success = recordingState !== "failed" && recordingState !== null;
      return c.json({ success, message, download_url: success ? url : "" }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/podsinspace/recording/status/{recording_id}",
      summary: "How far a recording is",
      tags,
      middleware,
      request: { params: contractParameter },
      responses: { 200: { description: "Its state", content: json(status) }, ...failures },
    }),
    async (c) => {
      const capture = await findCapture(services, c.get("principal"), c.req.valid("param").recording_id);
      const stream = describeCapture(capture);
      return c.json(
        {
          status: contractStatus(stream),
          filename: stream.filename,
          file_size: stream.sizeBytes,
          download_url: stream.recordingState === "failed" ? "" : downloadUrl(stream.filename),
        },
        200,
      );
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/podsinspace/recording/download/{filename}",
      summary: "The MP4 of a recording",
      tags,
      middleware,
      request: { params: z.object({ filename: z.string() }) },
      responses: {
        200: { description: "The file", content: { "video/mp4": { schema: { type: "string", format: "binary" } } } },
        409: { ...failures.default, description: "It is not ready; `state` says why" },
        ...failures,
      },
    }),
    async (c) => {
      const { filename } = c.req.valid("param");
      const recordingId = await findByFilename(services, c.get("principal"), filename);
      return (await sendMedia(c, context, recordingId, { output: "mp4" }, true, filename)) as never;
    },
  );
}

function downloadUrl(filename: string): string {
  return `/podsinspace/recording/download/${filename}`;
}

function contractStatus({
  state,
  recordingState,
}: Pick<z.infer<typeof captureResource>, "state" | "recordingState">): z.infer<typeof status>["status"] {
  if (recordingState === "ready") return "completed";
  if (recordingState === "failed" || (state === "ended" && recordingState === null)) return "failed";
  if (recordingState === null) return "scheduled";
  return state === "ended" ? "processing" : "recording";
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(2)} MB`;
}
