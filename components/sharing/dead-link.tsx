/** Where a share link leads that does not work, or no longer: which of the two is not told. */
import { Reels } from "@/components/brand/reels";
import { EmptyState } from "@/components/ui/empty-state";

export function DeadLink() {
  return (
    <EmptyState level={1} picture={<Reels fraction={1} />} title="This link does not work">
      It has expired, was withdrawn, or is not whole. Ask whoever sent it for a new one.
    </EmptyState>
  );
}
