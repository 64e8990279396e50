"use client";
/** The player where there is something to play, else what the page says instead. */
import dynamic from "next/dynamic";
import { type ReactNode, useEffect, useState } from "react";
import { canBeWatched, isOnItsWay, type WatchedRecording } from "@/components/recording/watched";
import { Skeleton } from "@/components/ui/skeleton";
import { loadPlayer } from "@/lib/client/watch/live-source";

const Player = dynamic(() => import("@/components/recording/player"), {
  ssr: false,
  loading: () => <Skeleton className="aspect-video max-h-[min(76dvh,54rem)] w-full rounded-none sm:rounded-lg" />,
});

interface WatchStageProps {
  recording: WatchedRecording;
  /** Instead of the player. */
  children: ReactNode;
  /** What was being recorded came to its end in the player: its file may be there. */
  onEnded: () => void;
}

export function WatchStage({ recording, children, onEnded }: WatchStageProps) {
  const canWatch = canBeWatched(recording);
  const isLive = recording.liveUrl !== null;
  useEffect(() => {
    // Beside the player's own code and not after it.
    if (isLive) void loadPlayer().catch(() => {}); // whoever plays it hears of it
  }, [isLive]);
  // Who watched it live keeps the picture until the file is there.
  const [wasWatched, setWasWatched] = useState(false);
  if (canWatch && !wasWatched) setWasWatched(true);
  if (canWatch || (wasWatched && isOnItsWay(recording))) return <Player recording={recording} onEnded={onEnded} />;
  return children;
}
