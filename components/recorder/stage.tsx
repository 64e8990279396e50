"use client";
/** The picture, or what stands in its place. Always dark, as screens are. */
import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { CountdownOverlay } from "@/components/recorder/countdown-overlay";
import { LivePicture } from "@/components/recorder/live-picture";
import { LiveWave } from "@/components/recorder/live-wave";
import { SOURCE_WORDS } from "@/components/recorder/source-words";
import { StageCall } from "@/components/recorder/stage-call";
import { Badge } from "@/components/ui/badge";
import type { LevelMeter } from "@/lib/client/level/level-meter";
import { isRunning } from "@/lib/client/session/session-phase";
import type { SessionState } from "@/lib/client/session/session-state";

interface StageProps {
  state: SessionState;
  readMeter: () => LevelMeter | null;
  onOpen: () => void;
  onSkip: () => void;
  onCancel: () => void;
}

export function Stage({ state, readMeter, onOpen, onSkip, onCancel }: StageProps) {
  const { phase, capture, choices } = state;
  return (
    // `overflow-clip` lets the stage grow with its words; `hidden` would keep it at 16:9.
    <div
      data-theme="dark"
      className="relative grid aspect-video w-full place-items-center overflow-clip bg-sunken text-ink"
    >
      <Standing state={state} onOpen={onOpen} />
      {capture !== null && capture.video === null && <LiveWave readMeter={readMeter} />}
      {capture?.video && (
        <LivePicture
          track={capture.video}
          isMirrored={choices.source === "camera"}
          label={`Preview: ${SOURCE_WORDS[choices.source].label}`}
        />
      )}
      {phase === "countdown" && <CountdownOverlay leftS={state.countdownLeftS} onSkip={onSkip} onCancel={onCancel} />}
      <Sign phase={phase} />
    </div>
  );
}

/** While nothing is open. */
function Standing({ state, onOpen }: Pick<StageProps, "state" | "onOpen">): ReactNode {
  if (state.phase === "idle") {
    return <StageCall source={state.choices.source} problem={state.captureProblem} onOpen={onOpen} />;
  }
  if (state.phase !== "preparing") return null;
  return (
    // Most of the time nothing needs to be waited for; then this is never seen.
    <p className="flex animate-fade-in items-center gap-3 px-6 text-sm text-muted [animation-delay:600ms] [animation-fill-mode:both]">
      <LoaderCircle aria-hidden className="size-5 animate-spin" />
      Waiting for the browser. It may be asking you for permission.
    </p>
  );
}

/** Whether it runs, at the upper left. */
function Sign({ phase }: Pick<SessionState, "phase">) {
  const words = phase === "recording" ? "Recording" : phase === "paused" ? "Paused" : "Interrupted";
  if (!isRunning(phase)) return null;
  return (
    <Badge tone={phase === "recording" ? "live" : "working"} className="absolute top-3 left-3 shadow-float">
      {phase === "recording" && <span aria-hidden className="size-1.5 animate-glow rounded-full bg-current" />}
      {words}
    </Badge>
  );
}
