"use client";
/** The place of the picture for those who came by a share link. */
import { CircleAlert } from "lucide-react";
import { Reels } from "@/components/brand/reels";
import { CompilingFrame, StageFrame } from "@/components/recording/stage-frame";
import { WatchStage } from "@/components/recording/watch-stage";
import type { SharedRecording } from "@/lib/protocol/shares";

interface SharedStageProps {
  recording: SharedRecording;
  onEnded: () => void;
}

export function SharedStage({ recording, onEnded }: SharedStageProps) {
  return (
    <WatchStage recording={recording} onEnded={onEnded}>
      <Instead recording={recording} />
    </WatchStage>
  );
}

function Instead({ recording: { state, live, progress } }: { recording: SharedRecording }) {
  if (progress !== null) return <CompilingFrame progress={progress} />;
  if (state === "recording") {
    return (
      <StageFrame
        picture={<Reels fraction={0.3} isTurning={live} className="w-52" />}
        title={live ? "Recording now" : "The source is away"}
      >
        {live
          ? "The recording appears here by itself."
          : "It goes on when the source comes back. What was recorded appears here."}
      </StageFrame>
    );
  }
  if (state === "failed") {
    return (
      <StageFrame
        picture={<CircleAlert aria-hidden strokeWidth={1.3} className="size-12 text-tape-ink" />}
        title="There is nothing to watch"
      >
        The recording could not be finished. Whoever sent you the link knows more.
      </StageFrame>
    );
  }
  return (
    <StageFrame picture={<Reels fraction={0.5} className="w-44" />} title="Not finished yet">
      The recording appears here when its file has been made.
    </StageFrame>
  );
}
