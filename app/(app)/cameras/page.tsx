/** Cameras that are recorded around the clock. */
import type { Metadata } from "next";
import { Cameras } from "@/components/cameras/cameras";
import { PageBody } from "@/components/shell/page-body";
import { requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { listCameras } from "@/lib/server/cameras/find";
import { services } from "@/lib/server/services";

export const metadata: Metadata = { title: "Cameras" };

export default async function CamerasPage() {
  const principal = await requirePagePrincipal("/cameras");
  return (
    <PageBody>
      <Cameras initial={{ cameras: await listCameras(services(), principal) }} />
    </PageBody>
  );
}
