/** `/api/v1/cameras`: cameras that are recorded around the clock, added, changed, looked at, started and stopped. */
import { createRoute, z } from "@hono/zod-openapi";
import { cameraTestResult } from "@/lib/protocol/camera-jobs";
import {
  cameraList,
  cameraResource,
  changeCameraRequest,
  createCameraRequest,
  importCamerasRequest,
  importedCameras,
  testCameraRequest,
} from "@/lib/protocol/cameras";
import { describeCamera, findOwnedCamera, listCameras } from "@/lib/server/cameras/find";
import { importCameras } from "@/lib/server/cameras/import";
import {
  changeCamera,
  createCamera,
  deleteCamera,
  startCamera,
  stopCamera,
  testCamera,
  testCameraAddress,
} from "@/lib/server/cameras/manage";
import { type Api, type ApiContext, body, failures, json, signedIn } from "@/server/http/api";

const tags = ["Cameras"];
const middleware = signedIn;
export const cameraParams = z.object({ id: z.string().meta({ description: "camera id" }) });
const params = cameraParams;
const camera = { description: "The camera", content: json(cameraResource) };
const tested = { description: "What the camera sends, or what is wrong", content: json(cameraTestResult) };

export function addCameras(api: Api, { services }: ApiContext): void {
  const describe = async (principal: { userId: string }, id: string) =>
    describeCamera(services, await findOwnedCamera(services, principal, id));

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras",
      summary: "List your cameras",
      tags,
      middleware,
      responses: { 200: { description: "All of them, by name", content: json(cameraList) }, ...failures },
    }),
    async (c) => c.json({ cameras: await listCameras(services, c.get("principal")) }, 200),
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/cameras",
      summary: "Add a camera",
      tags,
      middleware,
      request: { body: body(createCameraRequest) },
      responses: { 201: camera, ...failures },
    }),
    async (c) => {
      const principal = c.get("principal");
      const id = await createCamera(services, principal, c.req.valid("json"));
      c.header("Location", `/api/v1/cameras/${id}`);
      return c.json(await describe(principal, id), 201);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/camera-imports",
      summary: "Add the cameras of a list",
      description: "Each line by itself: what is wrong with one is said, and the others are added.",
      tags,
      middleware,
      request: { body: body(importCamerasRequest) },
      responses: { 200: { description: "What became of each line", content: json(importedCameras) }, ...failures },
    }),
    async (c) => c.json({ cameras: await importCameras(services, c.get("principal"), c.req.valid("json")) }, 200),
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/camera-tests",
      summary: "Look at an address before it is added",
      description: "A worker connects to it: what it sends, with a picture, or what is wrong in words.",
      tags,
      middleware,
      request: { body: body(testCameraRequest) },
      responses: { 200: tested, ...failures },
    }),
    async (c) => c.json(await testCameraAddress(services, c.req.valid("json")), 200),
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/cameras/{id}",
      summary: "Get a camera",
      tags,
      middleware,
      request: { params },
      responses: { 200: camera, ...failures },
    }),
    async (c) => c.json(await describe(c.get("principal"), c.req.valid("param").id), 200),
  );

  api.openapi(
    createRoute({
      method: "patch",
      path: "/api/v1/cameras/{id}",
      summary: "Change a camera",
      description: "While it is recorded it goes on with the new settings; the short gap is written down.",
      tags,
      middleware,
      request: { params, body: body(changeCameraRequest) },
      responses: { 200: camera, ...failures },
    }),
    async (c) => {
      const principal = c.get("principal");
      const { id } = c.req.valid("param");
      await changeCamera(services, principal, id, c.req.valid("json"));
      return c.json(await describe(principal, id), 200);
    },
  );

  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/cameras/{id}",
      summary: "Delete a camera and all that it sent",
      tags,
      middleware,
      request: { params },
      responses: { 204: { description: "It is gone" }, ...failures },
    }),
    async (c) => {
      await deleteCamera(services, c.get("principal"), c.req.valid("param").id);
      return c.body(null, 204);
    },
  );

  const moves = [
    ["start", "Record a camera from now on", startCamera],
    ["stop", "Stop recording a camera", stopCamera],
  ] as const;
  for (const [name, summary, move] of moves) {
    api.openapi(
      createRoute({
        method: "post",
        path: `/api/v1/cameras/{id}/${name}`,
        summary,
        tags,
        middleware,
        request: { params },
        responses: { 200: camera, ...failures },
      }),
      async (c) => {
        const principal = c.get("principal");
        const { id } = c.req.valid("param");
        await move(services, principal, id);
        return c.json(await describe(principal, id), 200);
      },
    );
  }

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/cameras/{id}/test",
      summary: "Look at a camera with the credentials it has",
      tags,
      middleware,
      request: { params },
      responses: { 200: tested, ...failures },
    }),
    async (c) => c.json(await testCamera(services, c.get("principal"), c.req.valid("param").id), 200),
  );
}
