/** One camera: live, what it recorded, and its settings. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { CameraView } from "@/components/cameras/camera-view";
import { PageBody } from "@/components/shell/page-body";
import { AppError } from "@/lib/domain/errors";
import { findPagePrincipal, requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { describeCamera, findOwnedCamera } from "@/lib/server/cameras/find";
import { services } from "@/lib/server/services";

interface CameraPageProps {
  params: Promise<{ id: string }>;
}

/** Looked up once for the title and the page. @returns null when it is not theirs */
const findRow = cache(async (userId: string, id: string) =>
  findOwnedCamera(services(), { userId }, id).catch((error) => {
    if (error instanceof AppError && error.kind === "not_found") return null;
    throw error;
  }),
);

export async function generateMetadata({ params }: CameraPageProps): Promise<Metadata> {
  const principal = await findPagePrincipal();
  const row = principal === null ? null : await findRow(principal.userId, (await params).id);
  return { title: row?.name ?? "Camera" };
}

export default async function CameraPage({ params }: CameraPageProps) {
  const { id } = await params;
  const principal = await requirePagePrincipal(`/cameras/${id}`);
  const row = await findRow(principal.userId, id);
  if (row === null) notFound();
  return (
    <PageBody className="max-w-6xl">
      <CameraView key={id} initial={await describeCamera(services(), row)} />
    </PageBody>
  );
}
