/** Search and order of the library, as they stand in the page's address. */
import type { ListRecordingsQuery } from "@/lib/protocol/recordings";

export type ListQuery = Pick<ListRecordingsQuery, "sort"> & { q: string };

const SORTS: readonly string[] = ["newest", "oldest", "title", "longest", "largest"] satisfies ListQuery["sort"][];

/** What an address asks for; anything unknown is as if it were not there. */
export function readListQuery(parameters: { get(name: string): string | null }): ListQuery {
  const sort = parameters.get("sort") ?? "";
  return {
    q: (parameters.get("q") ?? "").slice(0, 200),
    sort: SORTS.includes(sort) ? (sort as ListQuery["sort"]) : "newest",
  };
}
