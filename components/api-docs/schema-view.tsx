/** A schema as a list of its fields; what is nested opens on demand. */

import {
  boundsWords,
  type OpenApiDocument,
  resolve,
  type Schema,
  typeWords,
} from "@/components/api-docs/openapi-document";
import { Prose } from "@/components/api-docs/prose";

interface SchemaViewProps {
  document: OpenApiDocument;
  schema: Schema;
}

export function SchemaView({ document, schema: given }: SchemaViewProps) {
  const { schema } = resolve(document, given);
  if (schema.type === "array") {
    return (
      <>
        <p className="pb-1 text-[13px] text-muted">A list, each of:</p>
        <SchemaView document={document} schema={schema.items ?? {}} />
      </>
    );
  }
  if (schema.properties === undefined) return <TypeLine document={document} schema={given} />;
  return (
    <ul className="divide-y border-l-2 pl-3">
      {Object.entries(schema.properties).map(([name, property]) => (
        <li key={name} className="py-2 text-[13px] leading-5 first:pt-0 last:pb-0">
          <code className="counter font-medium text-ink">{name}</code>{" "}
          {!schema.required?.includes(name) && <span className="text-xs text-muted">optional</span>}
          <TypeLine document={document} schema={property} />
          <Nested document={document} schema={property} />
        </li>
      ))}
    </ul>
  );
}

function TypeLine({ document, schema }: SchemaViewProps) {
  const { schema: resolved } = resolve(document, schema);
  const bounds = boundsWords(resolved);
  const description = schema.description ?? resolved.description;
  return (
    <p className="text-muted">
      <span className="counter text-xs break-words">{typeWords(document, schema)}</span>
      {bounds !== "" && <> · {bounds}</>}
      {description !== undefined && (
        <>
          {" "}
          · <Prose text={description} />
        </>
      )}
    </p>
  );
}

/** The object inside a property: itself, the items of a list, or the only alternative that is one. */
function Nested({ document, schema }: SchemaViewProps) {
  const candidates = [schema, schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const inner = candidates.find(
    (each) => each !== undefined && resolve(document, each).schema.properties !== undefined,
  );
  if (inner === undefined) return null;
  return (
    <details className="mt-1">
      <summary className="inline-flex min-h-6 cursor-pointer items-center rounded-sm text-xs font-medium text-ink underline decoration-line-strong underline-offset-4 hover:decoration-ink pointer-coarse:min-h-11">
        {resolve(document, inner).name === null ? "Fields" : `Fields of ${resolve(document, inner).name}`}
      </summary>
      <div className="mt-2">
        <SchemaView document={document} schema={inner} />
      </div>
    </details>
  );
}
