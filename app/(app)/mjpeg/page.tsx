/** Recording of motion JPEG streams: start one, see how they go, stop and download. */
import type { Metadata } from "next";
import { Captures } from "@/components/mjpeg/captures";
import { PageBody } from "@/components/shell/page-body";
import { PageHeading } from "@/components/ui/page-heading";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { listCaptures } from "@/lib/server/mjpeg/captures";
import { services } from "@/lib/server/services";

export const metadata: Metadata = { title: "Motion JPEG" };

export default async function MjpegPage() {
  const principal = await requirePagePrincipal("/mjpeg");
  const initial = await listCaptures(services(), principal);
  return (
    <PageBody className="max-w-3xl">
      <PageHeading
        title="Motion JPEG"
        description="Record the stream of a network camera. It is pulled by the server and goes on when you close this page."
      />
      <Captures initial={initial} />
    </PageBody>
  );
}
