"use client";
/** The last picture of a recording by snapshots, and the next one as soon as it has been shown for a while. */
import { useEffect, useState } from "react";
import { cn } from "@/components/ui/class-names";

interface LastPictureProps {
  recordingId: string;
  everyMs: number;
  alt: string;
  className?: string;
}

export function LastPicture({ recordingId, everyMs, alt, className }: LastPictureProps) {
  const [tick, setTick] = useState(0);
  const [loaded, setLoaded] = useState(-1);
  useEffect(() => {
    // The next one is asked for when this one is there: a slow network gets fewer.
    if (loaded !== tick) return;
    const timer = setTimeout(() => setTick(tick + 1), everyMs);
    return () => clearTimeout(timer);
  }, [loaded, tick, everyMs]);
  return (
    // biome-ignore lint/performance/noImgElement: a picture that is another one each second
    <img
      src={`/api/v1/snapshots/${recordingId}/picture?n=${tick}`}
      alt={alt}
      onLoad={() => setLoaded(tick)}
      onError={() => setLoaded(tick)}
      className={cn("aspect-video w-full bg-black object-contain", className)}
    />
  );
}
