/** A recording or page that is not there, inside the frame. */
import Link from "next/link";
import { Reels } from "@/components/brand/reels";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function NotFoundInside() {
  return (
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
      There is no such recording. It may have been deleted.
    </EmptyState>
  );
}
