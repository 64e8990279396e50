/** The contract of a service that records RTSP cameras: `/api/v1/recording/…`, over the cameras that there are. */
import { createRoute, z } from "@hono/zod-openapi";
import { recordingStatus, recordingStatusList } from "@/lib/protocol/cameras";
import { findOwnedCamera } from "@/lib/server/cameras/find";
import { startCamera, stopCamera } from "@/lib/server/cameras/manage";
import { listRecordingStatus, recordingStatusOf } from "@/lib/server/cameras/recording-status";
import { type Api, type ApiContext, failures, json, signedIn } from "@/server/http/api";

const tags = ["Cameras: recording service"];
const middleware = signedIn;
const params = z.object({ camera_id: z.string() });
const status = { description: "What is recorded", content: json(recordingStatus) };

export function addCameraRecording(api: Api, { services }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recording/start/{camera_id}",
      summary: "Record a camera from now on",
      tags,
      middleware,
      request: { params },
      responses: { 200: status, ...failures },
    }),
    async (c) => {
      const { camera_id: id } = c.req.valid("param");
      await startCamera(services, c.get("principal"), id);
      const camera = await findOwnedCamera(services, c.get("principal"), id);
      return c.json(await recordingStatusOf(services, camera), 200);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recording/stop/{camera_id}",
      summary: "Stop recording a camera",
      tags,
      middleware,
      request: { params },
      responses: {
        200: {
          description: "It is stopped",
          content: json(z.object({ message: z.string(), camera_id: z.string() })),
        },
        ...failures,
      },
    }),
    async (c) => {
      const { camera_id: id } = c.req.valid("param");
      await stopCamera(services, c.get("principal"), id);
      return c.json({ message: "The recording was stopped.", camera_id: id }, 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recording/status/{camera_id}",
      summary: "What is recorded of a camera",
      tags,
      middleware,
      request: { params },
      responses: { 200: status, ...failures },
    }),
    async (c) => {
      const camera = await findOwnedCamera(services, c.get("principal"), c.req.valid("param").camera_id);
      return c.json(await recordingStatusOf(services, camera), 200);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recording/status",
      summary: "What is recorded of all your cameras",
      tags,
      middleware,
      responses: { 200: { description: "The sum, and each camera", content: json(recordingStatusList) }, ...failures },
    }),
    async (c) => c.json(await listRecordingStatus(services, c.get("principal")), 200),
  );
}
