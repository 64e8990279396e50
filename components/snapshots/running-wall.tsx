"use client";
/** What is being recorded by snapshots now: the last picture of each, and one of them to watch. */
import { useState } from "react";
import useSWR from "swr";
import { formatClock } from "@/components/format/duration";
import { LastPicture } from "@/components/snapshots/last-picture";
import { WatchDialog } from "@/components/snapshots/watch-dialog";
import { Badge } from "@/components/ui/badge";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import type { RunningSnapshots } from "@/lib/protocol/snapshots";

const REFRESH_MS = 2000;
const TILE_MS = 1000;

export function RunningWall() {
  const { data, error } = useSWR<RunningSnapshots[]>("/snapshots", { refreshInterval: REFRESH_MS });
  const [watchedId, setWatchedId] = useState<string | null>(null);
  const running = data?.filter(({ snapshots }) => snapshots > 0) ?? [];
  const watched = running.find(({ recordingId }) => recordingId === watchedId) ?? null;
  return (
    <Panel title="Running now" description="On all your devices. Choose one to watch it, also what has been.">
      {error !== undefined && data === undefined && <Problem what={error} />}
      {data !== undefined && running.length === 0 && <p className="text-sm text-muted">There is none.</p>}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(14rem,1fr))] gap-4">
        {running.map((each) => (
          <li key={each.recordingId}>
            <button
              type="button"
              onClick={() => setWatchedId(each.recordingId)}
              className="group w-full overflow-hidden rounded-lg border bg-surface text-left shadow-card hover:border-control"
            >
              <LastPicture recordingId={each.recordingId} everyMs={TILE_MS} alt="" />
              <span className="flex items-center gap-2 px-3 py-2.5">
                <span className="min-w-0 flex-1 truncate text-sm font-medium">{nameOf(each)}</span>
                <span className="counter text-[13px] text-muted">{formatClock(each.durationMs)}</span>
                {!each.connected && <Badge>Not connected</Badge>}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {watched !== null && <WatchDialog running={watched} name={nameOf(watched)} onClose={() => setWatchedId(null)} />}
    </Panel>
  );
}

function nameOf({ name, subject }: RunningSnapshots): string {
  return [name, subject].filter(Boolean).join(" – ") || "Without a name";
}
