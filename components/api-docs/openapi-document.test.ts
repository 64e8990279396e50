import { expect, test } from "vitest";
import {
  boundsWords,
  curlOf,
  type OpenApiDocument,
  type Operation,
  operationsByTag,
  typeWords,
} from "@/components/api-docs/openapi-document";

const document: OpenApiDocument = {
  info: { title: "T", version: "1" },
  paths: {
    "/api/v1/things": {
      get: { tags: ["Things"], responses: { 200: { description: "ok" } } },
      post: {
        tags: ["Things"],
        security: [],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } },
        responses: { 201: { description: "made" } },
      },
    },
    "/api/v1/things/{id}/events": {
      get: {
        tags: ["Events"],
        responses: { 200: { description: "stream", content: { "text/event-stream": { schema: { type: "string" } } } } },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: "object",
        required: ["title", "kind"],
        properties: {
          title: { type: "string" },
          kind: { type: "string", enum: ["a", "b"] },
          more: { type: "integer" },
        },
      },
    },
  },
};

const find = (id: string) =>
  [...operationsByTag(document).values()].flat().find((operation) => operation.id === id) as Operation;

test("operations are grouped by their tag, and those that need nobody are told apart", () => {
  const groups = operationsByTag(document);
  expect([...groups.keys()]).toEqual(["Things", "Events"]);
  expect(groups.get("Things")?.map(({ method, isPublic }) => [method, isPublic])).toEqual([
    ["get", false],
    ["post", true],
  ]);
});

test("a schema is named by its component, its values or its type", () => {
  expect(typeWords(document, { type: "array", items: { $ref: "#/components/schemas/Thing" } })).toBe("Thing[]");
  expect(typeWords(document, { type: ["string", "null"], format: "date-time" })).toBe("date-time or null");
  expect(typeWords(document, { anyOf: [{ type: "integer" }, { type: "null" }] })).toBe("integer or null");
  expect(typeWords(document, { type: "array", items: { enum: ["a", "b"] } })).toBe('("a" | "b")[]');
});

test("bounds are told, but not those that every number has", () => {
  expect(boundsWords({ minimum: 0, maximum: 9_007_199_254_740_991 })).toBe("at least 0");
  expect(boundsWords({ minimum: 1, maximum: 200, default: 60 })).toBe("1 to 200, default 60");
});

test("the example sends what is required, and the token only where one is needed", () => {
  const made = curlOf(document, find("post-api-v1-things"), "https://deck.example");
  expect(made).toContain(`-d '{"title":"…","kind":"a"}'`);
  expect(made).not.toContain("Authorization");
  const followed = curlOf(document, find("get-api-v1-things-id-events"), "https://deck.example");
  expect(followed).toContain('curl "https://deck.example/api/v1/things/$ID/events"');
  expect(followed).toContain("Authorization: Bearer $TOKEN");
  expect(followed).toContain("-N");
});
