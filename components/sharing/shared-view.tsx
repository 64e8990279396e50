"use client";
/** A recording for those who came by a share link: to watch, also while it runs, and to download where that is allowed. */
import { Download } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import useSWR from "swr";
import { formatDuration } from "@/components/format/duration";
import { withQuery } from "@/components/recording/addresses";
import { DeadLink } from "@/components/sharing/dead-link";
import { SharedStage } from "@/components/sharing/shared-stage";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { AppError } from "@/lib/domain/errors";
import type { SharedRecording } from "@/lib/protocol/shares";

/** How soon what became of a recording that is not finished is seen. */
const REFRESH_MS = 2000;

export function SharedView({ token, initial }: { token: string; initial: SharedRecording }) {
  const router = useRouter();
  const { data, error, mutate } = useSWR<SharedRecording, unknown>(`/shared?share=${token}`, {
    fallbackData: initial,
    refreshInterval: (latest) => (latest?.state === "ready" || latest?.state === "failed" ? 0 : REFRESH_MS),
  });
  const recording = data ?? initial;

  const isLocked = error instanceof AppError && error.code === "share_locked";
  useEffect(() => {
    // The password counts for some hours; then the page asks again.
    if (isLocked) router.refresh();
  }, [isLocked, router]);

  if (error instanceof AppError && error.kind === "not_found") return <DeadLink />;
  return (
    <div className="mx-auto w-full max-w-6xl sm:px-8 sm:pb-10">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 pb-4 sm:px-0">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="text-xl leading-8 font-semibold tracking-[-0.02em] break-words sm:text-2xl">
            {recording.title}
          </h1>
          <p className="mt-1 flex flex-wrap items-center gap-x-2 text-sm text-muted">
            <RelativeTime at={recording.createdAt} />
            {recording.durationMs !== null && recording.state === "ready" && (
              <span>· {formatDuration(recording.durationMs)}</span>
            )}
            {recording.live && <Badge tone="live">Live</Badge>}
          </p>
        </div>
        {recording.mayDownload && recording.downloadUrl !== null && (
          <Button asChild>
            <a href={withQuery(recording.downloadUrl, "download=1")} download>
              <Download aria-hidden />
              Download MP4
            </a>
          </Button>
        )}
      </header>
      <SharedStage recording={recording} onEnded={() => void mutate()} />
    </div>
  );
}
