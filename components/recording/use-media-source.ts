"use client";
/** What the player plays: a recording that runs, then at the same place and without a break of the page its file. */
import { useEffect, useRef, useState } from "react";
import { type LiveSource, openLiveSource } from "@/lib/client/watch/live-source";

/**
 * @param media null: the element is not there yet
 * @param fileUrl of the finished file, which is played whenever there is one; null: there is none
 * @param liveUrl of the playlist; null: there is nothing live. What is being watched goes on when it disappears.
 * @returns the running recording; null: the file is played, or nothing yet
 */
export function useMediaSource(
  media: HTMLVideoElement | null,
  fileUrl: string | null,
  liveUrl: string | null,
): LiveSource | null {
  const [live, setLive] = useState<LiveSource | null>(null);
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
      place.current = { seconds: media.currentTime, isPlaying: !media.paused, rate: media.playbackRate };
      source?.close();
      setLive(null);
    };
  }, [media, playlist]);

  /** Where the running recording was left. */
  const place = useRef<{ seconds: number; isPlaying: boolean; rate: number } | null>(null);
  useEffect(() => {
    if (media === null || fileUrl === null) return;
    media.src = fileUrl;
    const left = place.current;
    place.current = null;
    if (left === null) return;
    // Before the element knows the file this is where it begins (HTML Living Standard §4.8.11.9).
    media.currentTime = left.seconds;
    media.playbackRate = left.rate;
    if (left.isPlaying) void media.play().catch(() => {});
  }, [media, fileUrl]);

  return live;
}
