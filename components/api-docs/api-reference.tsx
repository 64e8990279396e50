"use client";
/** The API as its OpenAPI document describes it. */
import { Download } from "lucide-react";
import Link from "next/link";
import { useSyncExternalStore } from "react";
import useSWR from "swr";
import { type OpenApiDocument, operationsByTag } from "@/components/api-docs/openapi-document";
import { OperationView } from "@/components/api-docs/operation-view";
import { Button } from "@/components/ui/button";
import { PageHeading } from "@/components/ui/page-heading";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { Skeleton } from "@/components/ui/skeleton";

const DOCUMENT_URL = "/api/openapi.json";

async function fetchDocument(url: string): Promise<OpenApiDocument> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

export function ApiReference() {
  const { data, error, mutate } = useSWR(DOCUMENT_URL, fetchDocument, { revalidateOnFocus: false });
  return (
    <>
      <PageHeading
        title="API"
        description="Everything the pages do can be done by a program. What it answers is JSON; errors carry a code, a sentence and the request's id."
        actions={
          <Button asChild look="outline" size="sm">
            <a href={DOCUMENT_URL} download="tapedeck-openapi.json">
              <Download aria-hidden />
              OpenAPI document
            </a>
          </Button>
        }
      />
      <Panel title="Signing in" className="mb-8">
        <p className="text-sm leading-6 text-muted">
          Make a token under{" "}
          <Link href="/settings" className="font-medium text-ink underline underline-offset-4">
            Settings
          </Link>{" "}
          and send it with every request:{" "}
          <code className="counter text-[13px] break-all text-ink">Authorization: Bearer tdk_…</code>
        </p>
      </Panel>
      {error !== undefined && data === undefined && (
        <Problem
          what="The description of the API could not be loaded."
          action={
            <Button look="outline" size="sm" onClick={() => void mutate()}>
              Try again
            </Button>
          }
        />
      )}
      {data === undefined && error === undefined && <ReferenceSkeleton />}
      {data !== undefined && <Groups document={data} />}
    </>
  );
}

function Groups({ document }: { document: OpenApiDocument }) {
  const origin = useSyncExternalStore(
    () => () => {},
    () => window.location.origin,
    () => "",
  );
  const groups = [...operationsByTag(document)];
  return (
    <div className="grid items-start gap-10 xl:grid-cols-[minmax(0,1fr)_11rem]">
      <div className="min-w-0 space-y-10">
        {groups.map(([tag, operations]) => (
          <section key={tag} aria-labelledby={anchor(tag)}>
            <h2 id={anchor(tag)} className="mb-3 scroll-mt-6 text-lg font-semibold tracking-tight">
              {tag}
            </h2>
            <div className="overflow-hidden rounded-lg border bg-surface shadow-card">
              {operations.map((operation) => (
                <OperationView key={operation.id} document={document} operation={operation} origin={origin} />
              ))}
            </div>
          </section>
        ))}
      </div>
      <nav aria-label="Parts of the API" className="sticky top-8 max-xl:hidden">
        <ul className="border-l">
          {groups.map(([tag]) => (
            <li key={tag}>
              <a href={`#${anchor(tag)}`} className="block py-1 pl-4 text-sm text-muted hover:text-ink">
                {tag}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}

function anchor(tag: string): string {
  return tag.toLowerCase().replace(/\W+/g, "-");
}

function ReferenceSkeleton() {
  return (
    <div role="status" aria-label="The description is loading" className="space-y-4">
      <Skeleton className="h-6 w-40" />
      <Skeleton className="h-64 rounded-lg" />
      <Skeleton className="h-40 rounded-lg" />
    </div>
  );
}
