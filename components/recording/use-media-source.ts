"use client";
/** What the player plays: a recording that runs, then at the same place and without a break of the page its file. */
import { useEffect, useRef, useState } from "react";
import { type AdaptiveSource, openAdaptiveSource } from "@/lib/client/watch/adaptive-source";
import { type LiveSource, MAX_CATCH_UP_RATE, openLiveSource } from "@/lib/client/watch/live-source";

/**
 * @param media null: the element is not there yet
 * @param fileUrl of the finished file, which is played whenever there is one; null: there is none
 * @param adaptiveUrl of the playlist of several resolutions of that file, which is played instead of it when it is there from
 *   the beginning; null: there is none
 * @param liveUrl of the playlist; null: there is nothing live. What is being watched goes on when it disappears.
 * @returns the running recording; null: the file is played, or nothing yet
 */
export function useMediaSource(
  media: HTMLVideoElement | null,
  fileUrl: string | null,
  adaptiveUrl: string | null,
  liveUrl: string | null,
): LiveSource | null {
  const [live, setLive] = useState<LiveSource | null>(null);
  // One that is made meanwhile would interrupt what is being watched.
  const [adaptive] = useState(adaptiveUrl);
  // Kept while the recording is finished, when it is neither live nor a file.
  const lastLiveUrl = useRef(liveUrl);
  if (liveUrl !== null) lastLiveUrl.current = liveUrl;
  const playlist = fileUrl === null ? lastLiveUrl.current : null;

  useEffect(() => {
    if (media === null || playlist === null) return;
    const abort = new AbortController();
    let source: LiveSource | null = null;
    void openLiveSource(media, playlist, abort.signal).then((opened) => {
      source = opened;
      setLive(opened);
    });
    return () => {
      abort.abort();
      place.current = { seconds: media.currentTime, isPlaying: !media.paused, rate: chosenRate(media) };
      source?.close();
      setLive(null);
    };
  }, [media, playlist]);

  /** Where the running recording was left. */
  const place = useRef<{ seconds: number; isPlaying: boolean; rate: number } | null>(null);
  useEffect(() => {
    if (media === null || fileUrl === null) return;
    const left = place.current ?? { seconds: 0, isPlaying: false, rate: 1 };
    place.current = null;
    const playFile = ({ seconds, isPlaying, rate }: typeof left) => {
      media.src = fileUrl;
      // Before the element knows the file this is where it begins (HTML Living Standard §4.8.11.9).
      if (seconds > 0) media.currentTime = seconds;
      media.playbackRate = rate;
      if (isPlaying) void media.play().catch(() => {});
    };
    if (adaptive === null) return playFile(left);
    const abort = new AbortController();
    let source: AdaptiveSource | null = null;
    const fallBack = () => playFile({ seconds: media.currentTime, isPlaying: !media.paused, rate: media.playbackRate });
    void openAdaptiveSource(media, adaptive, left.seconds, abort.signal, fallBack).then((opened) => {
      source = opened;
    });
    return () => {
      abort.abort();
      source?.close();
    };
  }, [media, fileUrl, adaptive]);

  return live;
}

/** Near the live edge the player goes a little faster by itself, which nobody chose. */
function chosenRate({ playbackRate }: HTMLMediaElement): number {
  return playbackRate > 1 && playbackRate <= MAX_CATCH_UP_RATE ? 1 : playbackRate;
}
