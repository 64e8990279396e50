/** As much of OpenAPI 3.1 as our document uses, and reading it. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: (string | number | null)[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: Schema;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
}

interface Content {
  [mediaType: string]: { schema?: Schema };
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface OperationObject {
  summary?: string;
  description?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

export interface OpenApiDocument {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Partial<Record<Method, OperationObject>>>;
  components?: { schemas?: Record<string, Schema> };
}

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
export type Method = (typeof METHODS)[number];

export interface Operation extends OperationObject {
  /** Unique in the document, and usable in an address. */
  id: string;
  method: Method;
  path: string;
  /** Whether it needs nobody signed in. */
  isPublic: boolean;
}

/** The operations by their first tag, in the order of the document. */
export function operationsByTag(document: OpenApiDocument): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation === undefined) continue;
      const tag = operation.tags?.[0] ?? "Other";
      const id = `${method}-${path.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "")}`;
      const isPublic = operation.security?.length === 0;
      groups.set(tag, [...(groups.get(tag) ?? []), { ...operation, id, method, path, isPublic }]);
    }
  }
  return groups;
}

/** What a schema says, references followed; `name` is the component's, when it has one. */
export function resolve(document: OpenApiDocument, schema: Schema): { schema: Schema; name: string | null } {
  const name = schema.$ref?.split("/").at(-1) ?? null;
  if (name === null) return { schema, name };
  return { schema: document.components?.schemas?.[name] ?? {}, name };
}

/** The type of a schema in a few words: `string`, `integer or null`, `Recording[]`. */
export function typeWords(document: OpenApiDocument, given: Schema): string {
  if (given.$ref !== undefined) return resolve(document, given).name as string;
  const alternatives = given.anyOf ?? given.oneOf;
  if (alternatives !== undefined) return alternatives.map((each) => typeWords(document, each)).join(" or ");
  if (given.enum !== undefined) return given.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (given.const !== undefined) return JSON.stringify(given.const);
  if (given.type === "array") {
    const items = typeWords(document, given.items ?? {});
    return items.includes(" ") ? `(${items})[]` : `${items}[]`;
  }
  const types = [given.type ?? "any"].flat();
  return types.map((type) => (type === "string" && given.format ? given.format : type)).join(" or ");
}

/** Bounds and default of a schema in words; empty when there are none. */
export function boundsWords(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, maxItems } = schema;
  const words: string[] = [];
  const isReal = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < 2 ** 53 - 1;
  if (isReal(minimum) && isReal(maximum)) words.push(`${minimum} to ${maximum}`);
  else if (isReal(minimum)) words.push(`at least ${minimum}`);
  else if (isReal(maximum)) words.push(`at most ${maximum}`);
  if (minLength !== undefined) words.push(`at least ${minLength} characters`);
  if (maxLength !== undefined) words.push(`at most ${maxLength} characters`);
  if (maxItems !== undefined) words.push(`at most ${maxItems} items`);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(", ");
}

/** A value that fits a schema, for an example; only what is required, one level of references deep. */
export function exampleOf(document: OpenApiDocument, given: Schema): unknown {
  const { schema } = resolve(document, given);
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  const first = (schema.anyOf ?? schema.oneOf)?.[0];
  if (first !== undefined) return exampleOf(document, first);
  switch ([schema.type].flat()[0]) {
    case "object": {
      const required = schema.required?.filter((name) => schema.properties?.[name]?.default === undefined) ?? [];
      const names = required.length > 0 ? required : Object.keys(schema.properties ?? {}).slice(0, 1);
      return Object.fromEntries(names.map((name) => [name, exampleOf(document, schema.properties?.[name] ?? {})]));
    }
    case "array":
      return [exampleOf(document, schema.items ?? {})];
    case "integer":
    case "number":
      return schema.minimum ?? 0;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return schema.format === "email" ? "ada@example.org" : "…";
  }
}

/** The command that calls an operation. @param origin of this installation */
export function curlOf(document: OpenApiDocument, operation: Operation, origin: string): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`);
  const lines = [`curl ${operation.method === "get" ? "" : `-X ${operation.method.toUpperCase()} `}"${origin}${path}"`];
  if (!operation.isPublic) lines.push('-H "Authorization: Bearer $TOKEN"');
  const body = operation.requestBody?.content["application/json"]?.schema;
  if (body !== undefined) {
    lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(exampleOf(document, body))}'`);
  }
  const answers = Object.values(operation.responses).flatMap(({ content }) => Object.keys(content ?? {}));
  if (answers.includes("text/event-stream")) lines.push("-N");
  else if (answers.some((type) => /^(video|image)\//.test(type))) lines.push("-OJ");
  return lines.join(" \\\n  ");
}
