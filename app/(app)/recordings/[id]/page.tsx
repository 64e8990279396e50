/** One recording: to watch, download, name and keep. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { RecordingView } from "@/components/recording/recording-view";
import { PageBody } from "@/components/shell/page-body";
import { AppError } from "@/lib/domain/errors";
import { findPagePrincipal, requirePagePrincipal } from "@/lib/server/auth/page-principal";
import { describeRecording } from "@/lib/server/recordings/describe";
import { findOwned } from "@/lib/server/recordings/find";
import { services } from "@/lib/server/services";

interface RecordingPageProps {
  params: Promise<{ id: string }>;
}

/** The recording and its row's owner; looked up once for the title and the page. @returns null when it is not theirs */
const findRow = cache(async (userId: string, id: string) =>
  findOwned(services(), { userId }, id).catch((error) => {
    if (error instanceof AppError && error.kind === "not_found") return null;
    throw error;
  }),
);

export async function generateMetadata({ params }: RecordingPageProps): Promise<Metadata> {
  const principal = await findPagePrincipal();
  const row = principal === null ? null : await findRow(principal.userId, (await params).id);
  return row === null ? { title: "Recording" } : { title: row.title };
}

export default async function RecordingPage({ params }: RecordingPageProps) {
  const { id } = await params;
  const principal = await requirePagePrincipal(`/recordings/${id}`);
  const row = await findRow(principal.userId, id);
  if (row === null) notFound();
  const { READY_RETENTION_HOURS, RAW_RETENTION_HOURS } = services().config;
  return (
    <PageBody className="px-0 py-0 sm:px-8 sm:py-8 max-sm:pb-6">
      <RecordingView
        key={id}
        initial={describeRecording(services(), row)}
        retentionDefaults={{
          rawHours: RAW_RETENTION_HOURS,
          readyHours: row.owner.retentionHours ?? READY_RETENTION_HOURS,
        }}
      />
    </PageBody>
  );
}
