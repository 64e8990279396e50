/** The place of the picture while there is none: what is happening instead, and what can be done about it. */
import type { ReactNode } from "react";
import { Reels } from "@/components/brand/reels";
import { formatEstimate } from "@/components/format/duration";
import { phaseWords } from "@/components/recording/state-words";
import { Progress } from "@/components/ui/progress";
import type { CompileProgress } from "@/lib/protocol/recordings";

interface StageFrameProps {
  picture: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

export function StageFrame({ picture, title, children, action }: StageFrameProps) {
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

/** While the file is made. */
export function CompilingFrame({ progress }: { progress: CompileProgress }) {
  const percent = Math.round(progress.fraction * 100);
  const isWaiting = progress.phase === "queued";
  return (
    <StageFrame
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
    </StageFrame>
  );
}
