"use client";
/** Says on every page when the server's disk is nearly full, full, or not there; nothing while all is well. */
import { HardDrive } from "lucide-react";
import { useState } from "react";
import { formatBytes } from "@/components/format/bytes";
import { useRecordingEvents } from "@/components/live/use-recording-events";
import type { StorageStatus } from "@/lib/protocol/recordings";

export function StorageBanner() {
  const [status, setStatus] = useState<StorageStatus | null>(null);
  useRecordingEvents("/events", {
    onEvent: (event) => event.type === "storage" && setStatus(event),
    onResume: () => {},
  });
  return (
    // There from the start, so that a screen reader announces what appears in it.
    <div aria-live="polite">
      {status !== null && status.state !== "ok" && (
        <p className="flex items-start gap-2.5 bg-amber-wash px-4 py-2.5 text-sm leading-5 text-amber-ink">
          <HardDrive aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span className="min-w-0 text-pretty">{sentenceFor(status)}</span>
        </p>
      )}
    </div>
  );
}

function sentenceFor({ state, freeBytes }: StorageStatus): string {
  switch (state) {
    case "full":
      return "The server's disk is full. Recordings that run are kept in their browsers and go on when there is room again.";
    case "missing":
      return "The server cannot reach its recordings at the moment. Recordings that run are kept in their browsers.";
    default:
      return `The server is short of room (${formatBytes(freeBytes)} free). Recordings that run go on; new ones have to wait.`;
  }
}
