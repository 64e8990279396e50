"use client";
/** The place of the picture: the player when there is a file, else what is happening instead. */
import { CircleAlert, Clapperboard, Square } from "lucide-react";
import { Reels } from "@/components/brand/reels";
import { formatClock } from "@/components/format/duration";
import { CompilingFrame, StageFrame } from "@/components/recording/stage-frame";
import { WatchStage } from "@/components/recording/watch-stage";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/now";
import type { RecordingResource } from "@/lib/protocol/recordings";

interface StageProps {
  recording: RecordingResource;
  onCompile: () => void;
  onStop: () => void;
  /** What was being recorded came to its end in the player. */
  onEnded: () => void;
}

export function Stage({ onEnded, ...props }: StageProps) {
  return (
    <WatchStage recording={props.recording} onEnded={onEnded}>
      <Instead {...props} />
    </WatchStage>
  );
}

function Instead({ recording, onCompile, onStop }: Omit<StageProps, "onEnded">) {
  const { state, progress, live, failure, tracks } = recording;
  if (state === "recording") return <Running recording={recording} onStop={onStop} isLive={live} />;
  if (progress !== null) return <CompilingFrame progress={progress} />;
  const canCompile = tracks.some(({ removedAt }) => removedAt === null);
  if (state === "failed") {
    return (
      <StageFrame
        picture={<CircleAlert aria-hidden strokeWidth={1.3} className="size-12 text-tape-ink" />}
        title="Compiling did not work"
        action={
          canCompile && (
            <Button onClick={onCompile}>
              <Clapperboard aria-hidden />
              Compile again
            </Button>
          )
        }
      >
        {failure?.message}
        {canCompile && " The recorded tracks are kept as they came; you can also download them below."}
      </StageFrame>
    );
  }
  return (
    <StageFrame
      picture={<Reels fraction={0.5} className="w-44" />}
      title="Not compiled yet"
      action={
        canCompile && (
          <Button onClick={onCompile}>
            <Clapperboard aria-hidden />
            Compile
          </Button>
        )
      }
    >
      {canCompile
        ? "The tracks are here as they came. Compiling makes one MP4 of them, to play and to download."
        : "Nothing was recorded, or its tracks were removed."}
    </StageFrame>
  );
}

function Running({ recording, isLive, onStop }: { recording: RecordingResource; isLive: boolean; onStop: () => void }) {
  const now = useNow("seconds");
  const elapsedMs = now === null ? 0 : now - Date.parse(recording.createdAt);
  return (
    <StageFrame
      picture={
        <span className="flex items-center gap-3">
          <span
            aria-hidden
            className={isLive ? "size-3.5 animate-glow rounded-full bg-tape" : "size-3.5 rounded-full bg-amber"}
          />
          <span className="counter text-4xl font-medium tracking-tight">
            {isLive ? formatClock(elapsedMs) : "Interrupted"}
          </span>
        </span>
      }
      title={isLive ? "Recording now" : "The source is away"}
      action={
        <Button look="outline" onClick={onStop}>
          <Square aria-hidden className="fill-current" />
          Stop recording
        </Button>
      }
    >
      {isLive
        ? "It is being recorded in another window or by another device. The finished recording appears here by itself."
        : "What was recorded is safe. It goes on when the source comes back, and ends by itself when it does not."}
    </StageFrame>
  );
}
