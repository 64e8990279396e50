"use client";
/** Plays a camera, live or from a time, and says which time of day is shown. */
import {
  MediaController,
  MediaFullscreenButton,
  MediaLoadingIndicator,
  MediaMuteButton,
  MediaPipButton,
  MediaPlayButton,
  MediaVolumeRange,
} from "media-chrome/react";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { dayName, dayOf, timeOfDay } from "@/components/cameras/local-day";
import type { Playing } from "@/components/cameras/playing";
import { CONTROL, LOOKS, SHADE } from "@/components/recording/player-looks";
import { PlayerProblem } from "@/components/recording/player-problem";
import { type CameraSource, openCameraSource } from "@/lib/client/watch/camera-source";

const CLOCK_MS = 250;

interface CameraPlayerProps {
  cameraId: string;
  playing: Playing;
  /** @param atMs wall time of what is shown */
  onShown: (atMs: number) => void;
  /** What was asked for is over. */
  onEnded: () => void;
}

export default function CameraPlayer({ cameraId, playing, onShown, onEnded }: CameraPlayerProps) {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [shownMs, setShownMs] = useState<number | null>(null);
  const report = useRef(onShown);
  report.current = onShown;

  useEffect(() => {
    if (video === null) return;
    const abort = new AbortController();
    let source: CameraSource | null = null;
    setProblem(null);
    const options = { isLive: playing.kind === "live", onProblem: setProblem };
    void openCameraSource(video, playlistUrl(cameraId, playing), abort.signal, options).then((opened) => {
      source = opened;
    });
    const clock = setInterval(() => {
      const atMs = source?.shownAtMs() ?? null;
      if (atMs === null || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      setShownMs(atMs);
      report.current(atMs);
    }, CLOCK_MS);
    return () => {
      abort.abort();
      clearInterval(clock);
      source?.close();
    };
  }, [video, cameraId, playing]);

  return (
    <div className="relative">
      {problem !== null && <PlayerProblem>{problem}</PlayerProblem>}
      <MediaController
        lang="en"
        className="block aspect-video max-h-[min(70dvh,48rem)] w-full overflow-hidden bg-black sm:rounded-lg"
        style={LOOKS}
      >
        {/* biome-ignore lint/a11y/useMediaCaption: a camera sends none */}
        <video slot="media" ref={setVideo} onEnded={onEnded} playsInline className="size-full object-contain" />
        <MediaLoadingIndicator
          slot="centered-chrome"
          style={{ "--media-loading-indicator-icon-height": "56px" } as CSSProperties}
        />
        <div className="flex w-full items-center px-2 pt-12 pb-1.5 sm:px-3" style={{ background: SHADE }}>
          <MediaPlayButton className={CONTROL} />
          <MediaMuteButton className={CONTROL} />
          <MediaVolumeRange
            className="w-20 bg-transparent max-sm:hidden"
            style={{ "--media-range-bar-color": "#fff" } as CSSProperties}
          />
          <span className="counter px-2 text-[13px] text-white">
            {shownMs !== null && (
              <>
                <span className="max-sm:hidden">{dayName(dayOf(shownMs))} </span>
                {timeOfDay(shownMs)}
              </>
            )}
          </span>
          <span className="flex-1" />
          <MediaPipButton className={`${CONTROL} max-sm:hidden`} />
          <MediaFullscreenButton className={CONTROL} />
        </div>
      </MediaController>
    </div>
  );
}

function playlistUrl(cameraId: string, playing: Playing): string {
  const base = `/api/v1/cameras/${cameraId}`;
  if (playing.kind === "live") return `${base}/live.m3u8`;
  const from = new Date(playing.fromMs).toISOString();
  const to = new Date(playing.toMs).toISOString();
  return `${base}/range.m3u8?${new URLSearchParams({ from, to })}`;
}
