"use client";
/** Of a running recording: how far behind now what is shown is, and the way to now and to the beginning. */
import { SkipBack } from "lucide-react";
import { useEffect, useState } from "react";
import { formatClock, formatDuration } from "@/components/format/duration";
import { cn } from "@/components/ui/class-names";
import type { LiveSource } from "@/lib/client/watch/live-source";

/** Up to here it counts as live: what the player keeps in hand, a segment, and some. */
const LIVE_SECONDS = 8;
const LOOK_MS = 500;

const BUTTON =
  "inline-flex h-9 shrink-0 items-center gap-2 rounded-md px-2.5 font-mono text-[13px] text-white hover:bg-white/15 focus-visible:outline-2 focus-visible:-outline-offset-2 focus-visible:outline-white pointer-coarse:h-11";

export function LiveControl({ live, media }: { live: LiveSource; media: HTMLVideoElement }) {
  const behindSeconds = useBehind(live);
  const isLive = behindSeconds !== null && behindSeconds <= LIVE_SECONDS;
  const words =
    behindSeconds === null ? "" : isLive ? "" : `, ${formatDuration(Math.round(behindSeconds) * 1000)} behind`;
  return (
    <>
      <button type="button" className={BUTTON} aria-label="From the beginning" onClick={() => (media.currentTime = 0)}>
        <SkipBack aria-hidden className="size-[18px] fill-current" />
      </button>
      <button
        type="button"
        className={BUTTON}
        data-testid="live"
        data-behind={behindSeconds ?? ""}
        aria-label={isLive ? "Live" : `Go to now${words}`}
        onClick={() => live.goToEdge()}
      >
        <span aria-hidden className={cn("size-2.5 rounded-full", isLive ? "bg-tape" : "bg-white/50")} />
        LIVE
        {!isLive && behindSeconds !== null && (
          <span className="text-white/80">−{formatClock(behindSeconds * 1000)}</span>
        )}
      </button>
    </>
  );
}

/** Seconds, looked at twice a second; null while nothing is known. */
function useBehind(live: LiveSource): number | null {
  const [behind, setBehind] = useState<number | null>(null);
  useEffect(() => {
    const look = () => setBehind(live.behindSeconds());
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [live]);
  return behind === null ? null : Math.round(behind * 10) / 10;
}
