"use client";
/** What is being recorded, as it is now. Silent: one's own voice would come back as an echo. */
import { useEffect, useRef } from "react";
import { cn } from "@/components/ui/class-names";

interface LivePictureProps {
  track: MediaStreamTrack;
  /** People are used to seeing themselves as in a mirror. Only the preview is mirrored. */
  isMirrored: boolean;
  label: string;
}

export function LivePicture({ track, isMirrored, label }: LivePictureProps) {
  const videoRef = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = videoRef.current;
    if (video === null) return;
    video.srcObject = new MediaStream([track]);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return (
    <video
      ref={videoRef}
      aria-label={label}
      autoPlay
      muted
      playsInline
      className={cn("absolute inset-0 size-full object-contain", isMirrored && "-scale-x-100")}
    />
  );
}
