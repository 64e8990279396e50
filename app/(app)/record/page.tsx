/** The recording page. */
import type { Metadata } from "next";
import { Recorder } from "@/components/recorder/recorder";
import { PageBody } from "@/components/shell/page-body";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { services } from "@/lib/server/services";

export const metadata: Metadata = { title: "Record" };

export default async function RecordPage() {
  const { userId } = await requirePagePrincipal("/record");
  const { VIDEO_SOCKET_URL, AUDIO_SOCKET_URL } = services().config;
  return (
    <PageBody>
      <Recorder sockets={{ video: VIDEO_SOCKET_URL, audio: AUDIO_SOCKET_URL }} userId={userId} />
    </PageBody>
  );
}
