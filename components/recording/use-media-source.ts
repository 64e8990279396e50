"use client";
/** What the player plays: a recording that runs, then at the same place and without a break of the page its file. */
import { useEffect, useRef, useState } from "react";
import { type AdaptiveSource, openAdaptiveSource, type Place } from "@/lib/client/watch/adaptive-source";
import { type LiveSource, MAX_CATCH_UP_RATE, openLiveSource } from "@/lib/client/watch/live-source";

/**
 * @param media null: the element is not there yet
 * @param fileUrl of the finished file, which is played whenever there is one; null: there is none
 * @param adaptiveUrl of the playlist of several resolutions of that file, which is played instead of it when it is there from
 *   the beginning; null: there is none
 * @param liveUrl of the playlist; null: there is nothing live. What is being watched goes on when it disappears.
 * @returns what is played of the two that are more than a file; neither: the file is, or nothing yet
 */
export function useMediaSource(
  media: HTMLVideoElement | null,
  fileUrl: string | null,
  adaptiveUrl: string | null,
  liveUrl: string | null,
): { live: LiveSource | null; adaptive: AdaptiveSource | null } {
  const [live, setLive] = useState<LiveSource | null>(null);
  // One that is made meanwhile would interrupt what is being watched.
  const [several] = useState(adaptiveUrl);
  const [adaptive, setAdaptive] = useState<AdaptiveSource | null>(null);
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
  const place = useRef<Place | null>(null);
  useEffect(() => {
    if (media === null || fileUrl === null) return;
    const left = place.current ?? { seconds: 0, isPlaying: false, rate: 1 };
    place.current = null;
    const playFile = ({ seconds, isPlaying, rate }: Place) => {
      media.src = fileUrl;
      // Before the element knows the file this is where it begins (HTML Living Standard §4.8.11.9).
      if (seconds > 0) media.currentTime = seconds;
      media.playbackRate = rate;
      if (isPlaying) void media.play().catch(() => {});
    };
    if (several === null) return playFile(left);
    const abort = new AbortController();
    void openAdaptiveSource(media, {
      ...{ url: several, fromSeconds: left.seconds, signal: abort.signal },
      onFailure: (at) => {
        setAdaptive(null);
        playFile(at);
      },
    }).then((opened) => {
      if (!abort.signal.aborted) setAdaptive(opened);
    });
    if (left.isPlaying) void media.play().catch(() => {});
    return () => {
      abort.abort();
      setAdaptive(null);
    };
  }, [media, fileUrl, several]);

  return { live, adaptive };
}

/** Near the live edge the player goes a little faster by itself, which nobody chose. */
function chosenRate({ playbackRate }: HTMLMediaElement): number {
  return playbackRate > 1 && playbackRate <= MAX_CATCH_UP_RATE ? 1 : playbackRate;
}
