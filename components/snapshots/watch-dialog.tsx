"use client";
/** Watches one recording by snapshots while it runs: the last picture, or any before it. */
import { Radio } from "lucide-react";
import { useState } from "react";
import { formatClock, formatDuration } from "@/components/format/duration";
import { LastPicture } from "@/components/snapshots/last-picture";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Slider } from "@/components/ui/slider";
import type { RunningSnapshots } from "@/lib/protocol/snapshots";

interface WatchDialogProps {
  running: RunningSnapshots;
  name: string;
  onClose: () => void;
}

const LIVE_MS = 200;
const STEP_MS = 200;

export function WatchDialog({ running, name, onClose }: WatchDialogProps) {
  const { recordingId, durationMs } = running;
  /** null: live */
  const [atMs, setAtMs] = useState<number | null>(null);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={name}>
      {atMs === null ? (
        <LastPicture recordingId={recordingId} everyMs={LIVE_MS} alt="As it is now" className="rounded-md" />
      ) : (
        // biome-ignore lint/performance/noImgElement: a picture of another moment with each move of the slider
        <img
          src={`/api/v1/snapshots/${recordingId}/picture?at=${atMs}`}
          alt={`As it was at ${formatClock(atMs)}`}
          className="aspect-video w-full rounded-md bg-black object-contain"
        />
      )}
      <div className="mt-3 flex items-center gap-3">
        <Slider
          aria-label="Position"
          min={0}
          max={Math.max(STEP_MS, durationMs)}
          step={STEP_MS}
          value={atMs ?? durationMs}
          onValueChange={setAtMs}
          valueText={formatDuration(atMs ?? durationMs)}
        />
        <span className="counter w-14 text-right text-sm text-muted">{formatClock(atMs ?? durationMs)}</span>
        <Button look="outline" size="sm" aria-pressed={atMs === null} onClick={() => setAtMs(null)}>
          <Radio aria-hidden />
          Live
        </Button>
      </div>
    </Dialog>
  );
}
