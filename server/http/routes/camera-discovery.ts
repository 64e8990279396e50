/** `/api/v1/camera-discoveries` and `/api/v1/camera-streams`: cameras on the network, and what one of them offers. */
import { createRoute } from "@hono/zod-openapi";
import { cameraStreams, cameraStreamsRequest, foundCameras } from "@/lib/protocol/camera-discovery";
import { findCameras, findStreams } from "@/lib/server/cameras/discovery";
import { type Api, type ApiContext, body, failures, json, signedIn } from "@/server/http/api";

const tags = ["Cameras"];

export function addCameraDiscovery(api: Api, { services }: ApiContext): void {
  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/camera-discoveries",
      summary: "Look for cameras on the server's networks",
      description:
        "Asks by ONVIF discovery (WS-Discovery, multicast) and answers after two and a half seconds. Where the network lets no multicast through, nothing is found.",
      tags,
      middleware: signedIn,
      responses: { 200: { description: "Who answered", content: json(foundCameras) }, ...failures },
    }),
    async (c) => c.json({ cameras: await findCameras(services, c.get("principal")) }, 200),
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/camera-streams",
      summary: "Ask a camera for its streams",
      description: "By ONVIF, at the address that discovery told. The credentials are used for this alone.",
      tags,
      middleware: signedIn,
      request: { body: body(cameraStreamsRequest) },
      responses: {
        200: { description: "Its streams, as it orders them", content: json(cameraStreams) },
        ...failures,
      },
    }),
    async (c) => c.json({ streams: await findStreams(services, c.req.valid("json")) }, 200),
  );
}
