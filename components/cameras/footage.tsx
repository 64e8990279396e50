"use client";
/** What a camera recorded: the player, the day, its timeline and its gaps. */
import { Download, Radio } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import useSWR from "swr";
import { DayTimeline } from "@/components/cameras/day-timeline";
import { ExportDialog } from "@/components/cameras/export-dialog";
import { GapList } from "@/components/cameras/gap-list";
import { boundsOf, dayName, dayOf, localDays } from "@/components/cameras/local-day";
import { nextAfter, type Playing, playFrom } from "@/components/cameras/playing";
import { StageFrame } from "@/components/recording/stage-frame";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import type { CameraResource, TimelineResource } from "@/lib/protocol/cameras";

const CameraPlayer = dynamic(() => import("@/components/cameras/camera-player"), {
  ssr: false,
  loading: () => <Skeleton className="aspect-video max-h-[min(70dvh,48rem)] w-full" />,
});

const REFRESH_MS = 5000;
const HOUR_MS = 3_600_000;
const ZOOMS = [
  { value: "day", label: "Day" },
  { value: "hour", label: "Hour" },
  { value: "minutes", label: "10\u00a0min" },
] as const;
type Zoom = (typeof ZOOMS)[number]["value"];
const SHOWN_MS: Record<Exclude<Zoom, "day">, number> = { hour: HOUR_MS, minutes: HOUR_MS / 6 };

/** @param nowMs since the epoch; known only in the browser */
export function Footage({ camera, nowMs }: { camera: CameraResource; nowMs: number }) {
  const { id } = camera;
  const isLive = camera.liveUrl !== null;
  const [chosenDay, setChosenDay] = useState<string | null>(null);
  const today = dayOf(nowMs);
  const day = chosenDay ?? today;
  const [zoom, setZoom] = useState<Zoom>("day");
  const [playing, setPlaying] = useState<Playing | null>(isLive ? { kind: "live" } : null);
  const [shownMs, setShownMs] = useState<number | null>(null);
  const [isExporting, setIsExporting] = useState(false);

  const bounds = boundsOf(day);
  const query = new URLSearchParams({
    from: new Date(bounds.fromMs).toISOString(),
    to: new Date(bounds.toMs).toISOString(),
  });
  const refreshInterval = day === today ? REFRESH_MS : 0;
  const { data: days } = useSWR<{ days: { day: string }[] }>(`/cameras/${id}/days`, { refreshInterval: 60_000 });
  const timeline = useSWR<TimelineResource>(`/cameras/${id}/timeline?${query}`, {
    refreshInterval,
    keepPreviousData: true,
  });
  const newestMs = Date.parse(timeline.data?.spans.at(-1)?.to ?? "");
  const middleMs = shownMs ?? (Number.isNaN(newestMs) ? Math.min(nowMs, bounds.toMs) : newestMs);
  const shown = zoom === "day" ? bounds : windowAround(middleMs, SHOWN_MS[zoom], bounds);

  function play(atMs: number) {
    setPlaying(playFrom(atMs));
    setShownMs(atMs);
  }

  function goLive() {
    setChosenDay(null);
    setPlaying({ kind: "live" });
  }

  function chooseDay(next: string) {
    setChosenDay(next === today ? null : next);
    setShownMs(null);
  }

  function goOn() {
    const next = shownMs === null ? null : nextAfter(timeline.data?.spans ?? [], shownMs);
    if (next !== null) play(next);
  }

  return (
    <div className="flex flex-col gap-6">
      {playing === null ? (
        <StageFrame
          picture={<Radio aria-hidden strokeWidth={1.3} className="size-10 text-faint" />}
          title={isLive ? "Choose a time" : "It is not recorded now"}
          action={isLive && <Button onClick={goLive}>Watch live</Button>}
        >
          Choose a time on the line below to watch what was recorded.
        </StageFrame>
      ) : (
        <CameraPlayer cameraId={id} playing={playing} onShown={setShownMs} onEnded={goOn} />
      )}
      <Panel>
        <div className="mb-4 flex flex-wrap items-center gap-2">
          <Select
            aria-label="Day"
            value={day}
            onValueChange={chooseDay}
            options={localDays(days?.days.map((each) => each.day) ?? [], nowMs)
              .concat(chosenDay === null ? [] : [chosenDay])
              .filter((each, index, all) => all.indexOf(each) === index)
              .map((value) => ({ value, label: value === today ? `Today, ${dayName(value)}` : dayName(value) }))}
            className="w-56"
          />
          <Segmented label="How much is shown" value={zoom} onValueChange={setZoom} options={ZOOMS} />
          <span className="flex-1" />
          <Button look="outline" aria-pressed={playing?.kind === "live"} disabled={!isLive} onClick={goLive}>
            <Radio aria-hidden className={playing?.kind === "live" ? "text-tape-ink" : ""} />
            Live
          </Button>
          <Button
            look="outline"
            disabled={timeline.data === undefined || timeline.data.spans.length === 0}
            onClick={() => setIsExporting(true)}
          >
            <Download aria-hidden />
            Export…
          </Button>
        </div>
        {timeline.error !== undefined && <Problem what={timeline.error} className="mb-4" />}
        {timeline.data === undefined ? (
          timeline.error === undefined && <Skeleton className="h-20 w-full" />
        ) : (
          <>
            <DayTimeline
              timeline={timeline.data}
              fromMs={shown.fromMs}
              toMs={shown.toMs}
              nowMs={nowMs}
              shownMs={shownMs}
              onPlay={play}
            />
            {timeline.data.spans.length === 0 && (
              <p className="mt-3 text-sm text-muted">Nothing was recorded on this day.</p>
            )}
          </>
        )}
      </Panel>
      {timeline.data !== undefined && <GapList gaps={timeline.data.gaps} />}
      <ExportDialog camera={camera} aroundMs={middleMs} open={isExporting} onOpenChange={setIsExporting} />
    </div>
  );
}

/** A stretch of the day that stays where it is while the player is inside of it. */
function windowAround(atMs: number, lengthMs: number, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const begin = fromMs + Math.floor((atMs - fromMs) / lengthMs) * lengthMs;
  const from = Math.max(fromMs, Math.min(begin, toMs - lengthMs));
  return { fromMs: from, toMs: from + lengthMs };
}
