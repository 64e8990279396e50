/** What encoders publish: live streams, and the keys they publish with. */
import type { Metadata } from "next";
import { PageBody } from "@/components/shell/page-body";
import { LiveStreams } from "@/components/streams/live-streams";
import { StreamKeysPanel } from "@/components/streams/stream-keys-panel";
import { PageHeading } from "@/components/ui/page-heading";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";

export const metadata: Metadata = { title: "Streams" };

export default async function StreamsPage() {
  await requirePagePrincipal("/streams");
  return (
    <PageBody className="max-w-4xl">
      <PageHeading
        title="Streams"
        description="OBS, FFmpeg or any other encoder publishes here by RTMP, and what it sends is recorded as it comes."
      />
      <div className="flex flex-col gap-6">
        <LiveStreams />
        <StreamKeysPanel />
      </div>
    </PageBody>
  );
}
