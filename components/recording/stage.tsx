"use client";
/** The place of the picture: the player when there is a file, else what is happening instead. */
import { CircleAlert, Clapperboard, Square } from "lucide-react";
import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { Reels } from "@/components/brand/reels";
import { formatClock, formatEstimate } from "@/components/format/duration";
import { phaseWords } from "@/components/recording/state-words";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/now";
import { Progress } from "@/components/ui/progress";
import { Skeleton } from "@/components/ui/skeleton";
import type { CompileProgress, RecordingResource } from "@/lib/protocol/recordings";

const Player = dynamic(() => import("@/components/recording/player"), {
  ssr: false,
  loading: () => <Skeleton className="aspect-video max-h-[min(76dvh,54rem)] w-full rounded-none sm:rounded-lg" />,
});

interface StageProps {
  recording: RecordingResource;
  onCompile: () => void;
  onStop: () => void;
}

export function Stage({ recording, onCompile, onStop }: StageProps) {
  const { state, progress, live, failure, tracks } = recording;
  if (state === "ready" && recording.downloadUrl !== null) return <Player recording={recording} />;
  if (state === "recording") return <Running recording={recording} onStop={onStop} isLive={live} />;
  if (progress !== null) return <Compiling progress={progress} />;
  const canCompile = tracks.some(({ removedAt }) => removedAt === null);
  if (state === "failed") {
    return (
      <Frame
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
      </Frame>
    );
  }
  return (
    <Frame
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
    </Frame>
  );
}

function Compiling({ progress }: { progress: CompileProgress }) {
  const percent = Math.round(progress.fraction * 100);
  const isWaiting = progress.phase === "queued";
  return (
    <Frame
      picture={<Reels fraction={progress.fraction} isTurning={!isWaiting} className="w-52" />}
      title={isWaiting ? phaseWords("queued") : `${phaseWords(progress.phase)}…`}
    >
      {isWaiting ? (
        "It begins as soon as the worker is free."
      ) : (
        <>
          <span className="counter text-ink">{percent}%</span>
          {progress.etaMs !== null && <> · {formatEstimate(progress.etaMs)} left</>}
          <Progress label="Compiling" fraction={progress.fraction} tone="amber" className="mx-auto mt-4 max-w-72" />
        </>
      )}
    </Frame>
  );
}

function Running({ recording, isLive, onStop }: { recording: RecordingResource; isLive: boolean; onStop: () => void }) {
  const now = useNow("seconds");
  const elapsedMs = now === null ? 0 : now - Date.parse(recording.createdAt);
  return (
    <Frame
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
    </Frame>
  );
}

interface FrameProps {
  picture: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

function Frame({ picture, title, children, action }: FrameProps) {
  return (
    <div className="grid min-h-72 place-items-center border-y bg-sunken px-5 py-10 sm:aspect-video sm:max-h-[min(76dvh,54rem)] sm:w-full sm:rounded-lg sm:border-x">
      <div className="flex max-w-md flex-col items-center text-center">
        <div className="mb-6 grid place-items-center">{picture}</div>
        <h2 className="text-lg font-semibold tracking-tight">{title}</h2>
        <div className="mt-1.5 w-full text-sm leading-6 text-pretty text-muted">{children}</div>
        {action && <div className="mt-5">{action}</div>}
      </div>
    </div>
  );
}
