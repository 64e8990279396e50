/** What is not there, or not for whoever is asking: the two are not told apart. */
import type { Metadata } from "next";
import Link from "next/link";
import { Reels } from "@/components/brand/reels";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main id="main" tabIndex={-1} className="grid min-h-dvh place-items-center outline-none">
      <EmptyState
        level={1}
        picture={<Reels fraction={1} />}
        title="The tape ends here"
        actions={
          <Button asChild look="outline">
            <Link href="/">To the library</Link>
          </Button>
        }
      >
        There is nothing at this address, or it is not yours to see.
      </EmptyState>
    </main>
  );
}
