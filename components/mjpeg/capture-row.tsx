"use client";
/** One capture: what it records, how it goes, and what can be done with it. */
import { Download, Square } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { formatBytes } from "@/components/format/bytes";
import { count } from "@/components/format/duration";
import { captureBadge } from "@/components/mjpeg/capture-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { CaptureResource } from "@/lib/protocol/mjpeg";

interface CaptureRowProps {
  capture: CaptureResource;
  onChange: () => void;
}

export function CaptureRow({ capture, onChange }: CaptureRowProps) {
  const { id, url, alias, message, frames, droppedFrames, brokenFrames, frozenSince, sizeBytes, startAt } = capture;
  const [isStopping, setIsStopping] = useState(false);
  const { tone, words } = captureBadge(capture);

  async function stop() {
    setIsStopping(true);
    try {
      await api.post(`/mjpeg-captures/${id}/stop`);
    } catch (error) {
      toastProblem(error);
    } finally {
      setIsStopping(false);
      onChange();
    }
  }

  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm font-medium">
          {capture.recordingId === null ? (
            <span className="truncate">{url}</span>
          ) : (
            <Link href={`/recordings/${capture.recordingId}`} className="truncate hover:underline">
              {url}
            </Link>
          )}
          <Badge tone={tone}>{words}</Badge>
        </p>
        <p className="mt-0.5 text-[13px] text-muted">
          <span className="counter">{alias}</span>
          {" · "}
          <RelativeTime at={startAt} />
          {frames > 0 && ` · ${count(frames, "picture")}`}
          {sizeBytes > 0 && ` · ${formatBytes(sizeBytes)}`}
          {droppedFrames > 0 && ` · ${droppedFrames} dropped`}
          {brokenFrames > 0 && ` · ${brokenFrames} broken`}
        </p>
        {message !== null && <p className="mt-0.5 text-[13px] text-amber-ink">{message}</p>}
        {frozenSince !== null && capture.endedAt === null && (
          <p className="mt-0.5 text-[13px] text-amber-ink">
            The picture has not changed since <RelativeTime at={frozenSince} />.
          </p>
        )}
      </div>
      {capture.endedAt === null && (
        <Button look="outline" size="sm" busy={isStopping} onClick={() => void stop()}>
          <Square aria-hidden className="fill-current" />
          Stop recording<span className="sr-only"> {alias}</span>
        </Button>
      )}
      {capture.downloadUrl !== null && (
        <Button look="outline" size="sm" asChild>
          <a href={capture.downloadUrl} download={capture.filename}>
            <Download aria-hidden />
            Download<span className="sr-only"> {alias}</span>
          </a>
        </Button>
      )}
    </li>
  );
}
