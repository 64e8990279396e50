"use client";
/** Search and order live in the page's address, so that they survive a reload and can be shared. */
import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type ListQuery, readListQuery } from "@/components/library/list-query";

export function useLibraryAddress(): [ListQuery, (query: ListQuery) => void] {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const query = useMemo(() => readListQuery(parameters), [parameters]);
  const setQuery = useCallback(
    ({ q, sort }: ListQuery) => {
      const next = new URLSearchParams();
      if (q !== "") next.set("q", q);
      if (sort !== "newest") next.set("sort", sort);
      // Next follows the address without asking the server for the page again.
      window.history.replaceState(null, "", next.size === 0 ? pathname : `${pathname}?${next}`);
    },
    [pathname],
  );
  return [query, setQuery];
}
