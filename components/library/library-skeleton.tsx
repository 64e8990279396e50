/** The library before it is here. */

import type { LibraryView } from "@/components/library/library-toolbar";
import { Skeleton } from "@/components/ui/skeleton";

export const GRID = "grid grid-cols-[repeat(auto-fill,minmax(min(100%,17rem),1fr))] gap-x-5 gap-y-7";

const PLACES = ["a", "b", "c", "d", "e", "f", "g", "h"];

export function ItemsSkeleton({ view }: { view: LibraryView }) {
  if (view === "list") {
    return (
      <div className="divide-y overflow-hidden rounded-lg border bg-surface">
        {PLACES.map((place) => (
          <div key={place} className="flex items-center gap-4 px-4 py-2">
            <Skeleton className="aspect-video w-24 sm:w-28" />
            <div className="flex-1 space-y-2">
              <Skeleton className="h-4 w-1/2" />
              <Skeleton className="h-3 w-1/4" />
            </div>
          </div>
        ))}
      </div>
    );
  }
  return (
    <div className={GRID}>
      {PLACES.map((place) => (
        <div key={place}>
          <Skeleton className="aspect-video rounded-lg" />
          <Skeleton className="mt-3 h-4 w-2/3" />
          <Skeleton className="mt-2 h-3 w-1/3" />
        </div>
      ))}
    </div>
  );
}

export function LibrarySkeleton() {
  return (
    <div role="status" aria-label="The library is loading">
      <Skeleton className="mb-7 h-8 w-32" />
      <Skeleton className="mb-6 h-9 w-full" />
      <ItemsSkeleton view="grid" />
    </div>
  );
}
