"use client";
/** The player: media-chrome's controls in our colours, with the shortcuts of the page. */
import {
  MediaCaptionsButton,
  MediaController,
  MediaFullscreenButton,
  MediaLoadingIndicator,
  MediaMuteButton,
  MediaPipButton,
  MediaPlayButton,
  MediaPreviewChapterDisplay,
  MediaPreviewThumbnail,
  MediaPreviewTimeDisplay,
  MediaSeekBackwardButton,
  MediaSeekForwardButton,
  MediaTimeDisplay,
  MediaTimeRange,
  MediaVolumeRange,
} from "media-chrome/react";
import { MediaPlaybackRateMenu, MediaPlaybackRateMenuButton } from "media-chrome/react/menu";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { LiveControl } from "@/components/recording/live-control";
import { CONTROL, LOOKS, SHADE } from "@/components/recording/player-looks";
import { PlayerProblem, useMediaProblem } from "@/components/recording/player-problem";
import { QualityButton, QualityMenu } from "@/components/recording/quality-menu";
import { TimelineMarks } from "@/components/recording/timeline-marks";
import { useChapters } from "@/components/recording/use-chapters";
import { useMediaSource } from "@/components/recording/use-media-source";
import type { WatchedRecording } from "@/components/recording/watched";
import { Waveform } from "@/components/recording/waveform";
import { cn } from "@/components/ui/class-names";

/** As far as media-chrome's own keys jump. */
const SEEK_SECONDS = 10;
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 3];

/** Keys that work from anywhere on the page, as long as nothing else is using them. */
const PAGE_KEYS = new Set([" ", "k", "j", "l", "m", "f", "c", "<", ">", "ArrowLeft", "ArrowRight"]);

interface PlayerProps {
  recording: WatchedRecording;
  /** What was being recorded came to its end in the player. */
  onEnded: () => void;
}

export default function Player({ recording, onEnded }: PlayerProps) {
  const controller = useRef<HTMLElement>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  usePageKeys(controller);
  const isReady = recording.state === "ready";
  const output = (wanted: string) => recording.outputs.find(({ kind }) => kind === wanted);
  const { live, adaptive } = useMediaSource(
    video,
    isReady ? recording.downloadUrl : null,
    isReady ? (output("hls")?.url ?? null) : null,
    recording.liveUrl,
  );
  const hasQualities = adaptive !== null && adaptive.qualities.length > 1;
  const problem = useMediaProblem(video);
  const chapters = useChapters(recording);
  const strip = output("strip_vtt");
  const waveform = output("waveform");
  const poster = output("poster")?.url ?? recording.thumbnailUrl;
  const captions = recording.outputs.filter(
    ({ kind, contentType }) => contentType === "text/vtt" && kind !== "strip_vtt",
  );
  const ratio = recording.width && recording.height ? `${recording.width} / ${recording.height}` : "16 / 9";
  return (
    <div className="relative">
      {problem !== null && <PlayerProblem>{problem}</PlayerProblem>}
      <MediaController
        ref={controller as never}
        lang="en"
        className="block max-h-[min(76dvh,54rem)] w-full overflow-hidden bg-black sm:rounded-lg"
        style={{ ...LOOKS, aspectRatio: ratio }}
      >
        <video
          slot="media"
          ref={setVideo}
          {...(poster === null || !isReady ? {} : { poster })}
          preload="metadata"
          onEnded={isReady ? undefined : onEnded}
          playsInline
          className="size-full object-contain"
        >
          {strip !== undefined && <track kind="metadata" label="thumbnails" src={strip.url} default />}
          {captions.map(({ url, filename }) => (
            <track key={filename} kind="captions" src={url} srcLang="en" label="Captions" />
          ))}
          {chapters !== null && <track default kind="chapters" src={chapters} srcLang="en" />}
        </video>
        <MediaLoadingIndicator
          slot="centered-chrome"
          style={{ "--media-loading-indicator-icon-height": "56px" } as CSSProperties}
        />
        <div className="flex w-full flex-col px-2 pt-20 pb-1.5 sm:px-3" style={{ background: SHADE }}>
          {waveform !== undefined && <Waveform url={waveform.url} className="mx-3 h-7" />}
          <div className="relative">
            <MediaTimeRange className="h-6 w-full bg-transparent px-1.5">
              {strip !== undefined && <MediaPreviewThumbnail slot="preview" />}
              {chapters !== null && <MediaPreviewChapterDisplay slot="preview" className="px-1.5 py-0.5" />}
              <MediaPreviewTimeDisplay slot="preview" className="px-1.5 py-0.5" />
            </MediaTimeRange>
            <TimelineMarks gaps={recording.gaps} durationMs={isReady ? recording.durationMs : null} />
          </div>
          <div className="flex items-center">
            <MediaPlayButton className={CONTROL} />
            <MediaSeekBackwardButton seekOffset={SEEK_SECONDS} className={cn(CONTROL, "max-sm:hidden")} />
            <MediaSeekForwardButton seekOffset={SEEK_SECONDS} className={cn(CONTROL, "max-sm:hidden")} />
            <MediaMuteButton className={CONTROL} />
            <MediaVolumeRange
              className="w-20 bg-transparent max-sm:hidden"
              style={{ "--media-range-bar-color": "#fff" } as CSSProperties}
            />
            <MediaTimeDisplay showDuration className="px-2" />
            {live !== null && video !== null && <LiveControl live={live} media={video} />}
            <span className="flex-1" />
            {hasQualities && <QualityButton />}
            <MediaPlaybackRateMenuButton invokeTarget="player-rates" className={CONTROL} />
            {captions.length > 0 && <MediaCaptionsButton className={CONTROL} />}
            <MediaPipButton className={cn(CONTROL, "max-sm:hidden")} />
            <MediaFullscreenButton className={CONTROL} />
          </div>
        </div>
        {/* Out of the way of the controls, also while it is hidden: it is never without a box. */}
        <MediaPlaybackRateMenu id="player-rates" hidden anchor="auto" rates={RATES} className="absolute" />
        {hasQualities && <QualityMenu source={adaptive} />}
      </MediaController>
    </div>
  );
}

/** Hands keys that nobody used to the player, as if it had the focus. */
function usePageKeys(controller: { current: HTMLElement | null }): void {
  useEffect(() => {
    function forward(event: KeyboardEvent) {
      const isFree = event.target === document.body || (event.target as HTMLElement).id === "main";
      if (!isFree || event.ctrlKey || event.metaKey || event.altKey || !PAGE_KEYS.has(event.key)) return;
      if (event.key === " ") event.preventDefault(); // the page would scroll
      controller.current?.dispatchEvent(new KeyboardEvent(event.type, { key: event.key, shiftKey: event.shiftKey }));
    }
    document.addEventListener("keydown", forward);
    document.addEventListener("keyup", forward);
    return () => {
      document.removeEventListener("keydown", forward);
      document.removeEventListener("keyup", forward);
    };
  }, [controller]);
}
