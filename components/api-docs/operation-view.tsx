/** One operation of the API: what it takes, what it answers, and how to call it. */
import { ChevronRight, LockOpen } from "lucide-react";
import type { ReactNode } from "react";
import {
  boundsWords,
  curlOf,
  type OpenApiDocument,
  type Operation,
  typeWords,
} from "@/components/api-docs/openapi-document";
import { Prose } from "@/components/api-docs/prose";
import { SchemaView } from "@/components/api-docs/schema-view";
import { cn } from "@/components/ui/class-names";

const METHOD_COLOURS = {
  get: "text-green-ink",
  post: "text-amber-ink",
  put: "text-amber-ink",
  patch: "text-amber-ink",
  delete: "text-tape-ink",
} as const;

interface OperationViewProps {
  document: OpenApiDocument;
  operation: Operation;
  /** Of this installation. */
  origin: string;
}

export function OperationView({ document, operation, origin }: OperationViewProps) {
  const { id, method, path, summary, description, parameters = [], requestBody, responses, isPublic } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  return (
    <details id={id} className="group scroll-mt-6 border-b last:border-b-0">
      <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-3 hover:bg-wash sm:px-5">
        <ChevronRight aria-hidden className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90" />
        <span className={cn("counter w-14 text-xs font-semibold uppercase", METHOD_COLOURS[method])}>{method}</span>
        <code className="counter min-w-0 text-[13px] break-all">{path}</code>
        <span className="w-full text-sm text-muted max-sm:pl-7 sm:ml-auto sm:w-auto">{summary}</span>
      </summary>
      <div className="space-y-5 px-4 pt-1 pb-6 sm:px-12">
        {description !== undefined && (
          <p className="text-sm">
            <Prose text={description} />
          </p>
        )}
        {isPublic && (
          <p className="flex items-center gap-2 text-[13px] text-muted">
            <LockOpen aria-hidden className="size-3.5" />
            Needs nobody signed in.
          </p>
        )}
        {parameters.length > 0 && (
          <Part title="Parameters">
            <ul className="divide-y border-l-2 pl-3">
              {parameters.map((parameter) => (
                <li
                  key={`${parameter.in}-${parameter.name}`}
                  className="py-2 text-[13px] leading-5 first:pt-0 last:pb-0"
                >
                  <code className="counter font-medium">{parameter.name}</code>{" "}
                  <span className="text-xs text-muted">
                    in the {parameter.in}
                    {!parameter.required && ", optional"}
                  </span>
                  <p className="text-muted">
                    <span className="counter text-xs break-words">{typeWords(document, parameter.schema ?? {})}</span>
                    {boundsWords(parameter.schema ?? {}) !== "" && <> · {boundsWords(parameter.schema ?? {})}</>}
                    {(parameter.description ?? parameter.schema?.description) && (
                      <>
                        {" "}
                        · <Prose text={parameter.description ?? parameter.schema?.description ?? ""} />
                      </>
                    )}
                  </p>
                </li>
              ))}
            </ul>
          </Part>
        )}
        {body !== undefined && (
          <Part title="Body, as JSON">
            <SchemaView document={document} schema={body} />
          </Part>
        )}
        <Part title="Answers">
          <ul className="space-y-4">
            {Object.entries(responses).map(([status, response]) => (
              <li key={status}>
                <p className="text-[13px]">
                  <span className="counter mr-2 font-medium">{status === "default" ? "otherwise" : status}</span>
                  <span className="text-muted">
                    <Prose text={response.description} />
                  </span>
                </p>
                {Object.entries(response.content ?? {}).map(([type, { schema }]) => (
                  <div key={type} className="mt-1.5">
                    {type === "application/json" && schema !== undefined ? (
                      <SchemaView document={document} schema={schema} />
                    ) : (
                      <p className="counter text-xs text-muted">{type}</p>
                    )}
                  </div>
                ))}
              </li>
            ))}
          </ul>
        </Part>
        <Part title="Example">
          <pre className="counter rounded-md bg-sunken p-3.5 text-[12.5px] leading-6 break-all whitespace-pre-wrap ring-1 ring-line">
            {curlOf(document, operation, origin)}
          </pre>
        </Part>
      </div>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 text-[13px] font-semibold">{title}</h3>
      {children}
    </section>
  );
}
