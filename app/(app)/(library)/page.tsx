/** The library. */
import type { Metadata } from "next";
import { cookies } from "next/headers";
import { Suspense } from "react";
import { Library } from "@/components/library/library";
import { LibrarySkeleton } from "@/components/library/library-skeleton";
import { type ListQuery, readListQuery } from "@/components/library/list-query";
import { readView, VIEW_COOKIE } from "@/components/library/view-cookie";
import { PageBody } from "@/components/shell/page-body";
import { listRecordingsQuery } from "@/lib/protocol/recordings";
import type { Principal } from "@/lib/server/auth/authenticate";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { listOwned } from "@/lib/server/recordings/find";
import { services } from "@/lib/server/services";

export const metadata: Metadata = { title: "Library" };

interface LibraryPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function LibraryPage({ searchParams }: LibraryPageProps) {
  const parameters = await searchParams;
  const query = readListQuery({
    get: (name) => {
      const value = parameters[name];
      return typeof value === "string" ? value : null;
    },
  });
  // Before anything is sent, so that strangers get a real redirect.
  const principal = await requirePagePrincipal("/");
  return (
    <PageBody>
      <Suspense fallback={<LibrarySkeleton />}>
        <LoadedLibrary principal={principal} query={query} />
      </Suspense>
    </PageBody>
  );
}

async function LoadedLibrary({ principal, query }: { principal: Principal; query: ListQuery }) {
  const initial = await listOwned(services(), principal, listRecordingsQuery.parse(query));
  const view = readView((await cookies()).get(VIEW_COOKIE)?.value);
  return <Library initial={initial} initialQuery={query} initialView={view} />;
}
