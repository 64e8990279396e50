/** `/api/v1/recordings`: the canonical API of recordings. */
import { createRoute } from "@hono/zod-openapi";
import {
  beginTakeRequest,
  changeRecordingRequest,
  createRecordingRequest,
  listRecordingsQuery,
  noteInterruptionRequest,
  recordingList,
  recordingResource,
  takeResource,
} from "@/lib/protocol/recordings";
import { describeRecording } from "@/lib/server/recordings/describe";
import { findOwned, listOwned } from "@/lib/server/recordings/find";
import {
  beginTake,
  changeRecording,
  createRecording,
  deleteRecording,
  requestCompile,
} from "@/lib/server/recordings/lifecycle";
import { noteInterruption } from "@/lib/server/recordings/note-interruption";
import { type Api, type ApiContext, body, failures, json, recordingIdParameter, signedIn } from "@/server/http/api";

const tags = ["Recordings"];
const middleware = signedIn;
const params = recordingIdParameter;
const recording = { description: "The recording", content: json(recordingResource) };

export function addRecordings(api: Api, { services, ingest }: ApiContext): void {
  const describe = async (principal: { userId: string }, id: string) =>
    describeRecording(services, await findOwned(services, principal, id));

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings",
      summary: "List your recordings",
      tags,
      middleware,
      request: { query: listRecordingsQuery },
      responses: { 200: { description: "A page of recordings", content: json(recordingList) }, ...failures },
    }),
    async (context) =>
      context.json(await listOwned(services, context.get("principal"), context.req.valid("query")), 200),
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings",
      summary: "Begin a recording",
      description:
        "Makes the recording; its tracks are then sent to `/ws/video?session={id}` and `/ws/audio?session={id}`.",
      tags,
      middleware,
      request: { body: body(createRecordingRequest) },
      responses: { 201: recording, ...failures },
    }),
    async (context) => {
      const principal = context.get("principal");
      const id = await createRecording(services, principal, context.req.valid("json"));
      context.header("Location", `/api/v1/recordings/${id}`);
      return context.json(await describe(principal, id), 201);
    },
  );

  api.openapi(
    createRoute({
      method: "get",
      path: "/api/v1/recordings/{id}",
      summary: "Get a recording",
      tags,
      middleware,
      request: { params },
      responses: { 200: recording, ...failures },
    }),
    async (context) => context.json(await describe(context.get("principal"), context.req.valid("param").id), 200),
  );

  api.openapi(
    createRoute({
      method: "patch",
      path: "/api/v1/recordings/{id}",
      summary: "Rename, pin, or set how long it is kept",
      tags,
      middleware,
      request: { params, body: body(changeRecordingRequest) },
      responses: { 200: recording, ...failures },
    }),
    async (context) => {
      const principal = context.get("principal");
      const { id } = context.req.valid("param");
      await changeRecording(services, principal, id, context.req.valid("json"));
      return context.json(await describe(principal, id), 200);
    },
  );

  api.openapi(
    createRoute({
      method: "delete",
      path: "/api/v1/recordings/{id}",
      summary: "Delete a recording and every file of it",
      tags,
      middleware,
      request: { params },
      responses: { 204: { description: "It is gone" }, ...failures },
    }),
    async (context) => {
      await deleteRecording(services, context.get("principal"), context.req.valid("param").id);
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/takes",
      summary: "Go on after an interruption, with the next take",
      description:
        "Its tracks are sent to `/ws/video?session={id}&take={number}` and `/ws/audio?session={id}&take={number}`.",
      tags,
      middleware,
      request: { params, body: body(beginTakeRequest) },
      responses: { 201: { description: "The take", content: json(takeResource) }, ...failures },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      return context.json(await beginTake(services, context.get("principal"), id, context.req.valid("json")), 201);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/interruptions",
      summary: "Write down what the source missed while it was recording",
      description: "Compiling makes gaps of it. The same again changes nothing.",
      tags,
      middleware,
      request: { params, body: body(noteInterruptionRequest) },
      responses: { 204: { description: "It is written down" }, ...failures },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      await noteInterruption(services, context.get("principal"), id, context.req.valid("json"));
      return context.body(null, 204);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/stop",
      summary: "End a recording with what has come so far",
      tags,
      middleware,
      request: { params },
      responses: { 200: recording, ...failures },
    }),
    async (context) => {
      const principal = context.get("principal");
      const { id } = context.req.valid("param");
      await findOwned(services, principal, id);
      await ingest.endNow(id);
      return context.json(await describe(principal, id), 200);
    },
  );

  api.openapi(
    createRoute({
      method: "post",
      path: "/api/v1/recordings/{id}/compile",
      summary: "Compile a recording into an MP4",
      description: "Asking again while it waits, runs or is done changes nothing. After a failure it is tried again.",
      tags,
      middleware,
      request: { params },
      responses: {
        200: { ...recording, description: "It is ready already" },
        202: { ...recording, description: "It will be compiled; follow `/events`" },
        ...failures,
      },
    }),
    async (context) => {
      const principal = context.get("principal");
      const { id } = context.req.valid("param");
      await requestCompile(services, principal, id);
      const resource = await describe(principal, id);
      return resource.state === "ready" ? context.json(resource, 200) : context.json(resource, 202);
    },
  );
}
