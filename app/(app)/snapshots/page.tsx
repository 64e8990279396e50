/** Recording by snapshots, and what is being recorded that way now. */
import type { Metadata } from "next";
import { PageBody } from "@/components/shell/page-body";
import { RunningWall } from "@/components/snapshots/running-wall";
import { SnapshotRecorder } from "@/components/snapshots/snapshot-recorder";
import { PageHeading } from "@/components/ui/page-heading";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";

export const metadata: Metadata = { title: "Snapshots" };

export default async function SnapshotsPage() {
  await requirePagePrincipal("/snapshots");
  return (
    <PageBody>
      <PageHeading
        title="Snapshots"
        description="Five pictures a second, made into a steady video. Light on the computer, the network and the disk; without sound."
      />
      <div className="flex flex-col gap-6">
        <SnapshotRecorder />
        <RunningWall />
      </div>
    </PageBody>
  );
}
