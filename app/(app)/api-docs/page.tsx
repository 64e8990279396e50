/** The reference of the API. */
import type { Metadata } from "next";
import { ApiReference } from "@/components/api-docs/api-reference";
import { PageBody } from "@/components/shell/page-body";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";

export const metadata: Metadata = { title: "API" };

export default async function ApiDocsPage() {
  await requirePagePrincipal("/api-docs");
  return (
    <PageBody className="max-w-6xl">
      <ApiReference />
    </PageBody>
  );
}
