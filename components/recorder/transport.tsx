"use client";
/** The keys of the deck: record, pause, stop, mute, discard; beside them the counter and the level. */
import { Mic, MicOff, Pause, Play, Square, Trash2 } from "lucide-react";
import { RecordDot } from "@/components/brand/record-dot";
import { formatClock, formatDuration } from "@/components/format/duration";
import { LevelBar } from "@/components/recorder/level-bar";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { IconButton } from "@/components/ui/icon-button";
import type { LevelMeter } from "@/lib/client/level/level-meter";
import { isRunning } from "@/lib/client/session/session-phase";
import type { SessionState } from "@/lib/client/session/session-state";

export interface TransportCommands {
  record: () => void;
  pause: () => void;
  resume: () => void;
  stop: () => void;
  /** Asks first. */
  discard: () => void;
  toggleMute: () => void;
}

interface TransportProps {
  state: SessionState;
  readMeter: () => LevelMeter | null;
  commands: TransportCommands;
}

export function Transport({ state, readMeter, commands }: TransportProps) {
  const { phase, capture, isMuted, run } = state;
  const runs = isRunning(phase);
  return (
    <div className="flex flex-wrap items-center gap-x-5 gap-y-3 px-4 py-3.5 sm:px-5">
      <Counter elapsedMs={runs && run !== null ? run.elapsedMs : 0} phase={phase} />
      {(capture?.microphone ?? capture?.systemSound) != null && (
        <div className="flex min-w-0 flex-1 items-center gap-2">
          {capture?.microphone != null && (
            <IconButton
              label={isMuted ? "Switch the microphone on" : "Mute the microphone"}
              keys="M"
              onClick={commands.toggleMute}
              aria-pressed={isMuted}
              className={cn(isMuted && "bg-tape-wash text-tape-ink hover:bg-tape-wash hover:text-tape-ink")}
            >
              {isMuted ? <MicOff aria-hidden /> : <Mic aria-hidden />}
            </IconButton>
          )}
          <LevelBar
            label={capture?.microphone != null ? "Microphone level" : "Level of the shared sound"}
            readMeter={readMeter}
            isMuted={isMuted}
            className="flex-1 sm:max-w-80"
          />
        </div>
      )}
      <div className="ml-auto flex items-center gap-2 max-sm:w-full">
        {runs ? (
          <RunningKeys isPaused={phase !== "recording"} commands={commands} />
        ) : (
          <Button
            look="record"
            size="lg"
            className="max-sm:flex-1"
            onClick={commands.record}
            disabled={phase !== "idle" && phase !== "preview"}
            data-next-focus={phase === "preview" ? true : undefined}
          >
            <RecordDot className="size-3" />
            Record
          </Button>
        )}
      </div>
    </div>
  );
}

function RunningKeys({ isPaused, commands }: { isPaused: boolean; commands: TransportCommands }) {
  return (
    <>
      <IconButton label="Discard the recording" keys="D" look="dangerGhost" onClick={commands.discard}>
        <Trash2 aria-hidden />
      </IconButton>
      {/* One button for both, so that the focus stays where the finger is. */}
      <Button
        look="outline"
        size="lg"
        className="max-sm:flex-1"
        onClick={isPaused ? commands.resume : commands.pause}
        data-next-focus
      >
        {isPaused ? <Play aria-hidden /> : <Pause aria-hidden />}
        {isPaused ? "Go on" : "Pause"}
      </Button>
      <Button size="lg" className="max-sm:flex-1" onClick={commands.stop}>
        <Square aria-hidden className="fill-current" />
        Stop
      </Button>
    </>
  );
}

function Counter({ elapsedMs, phase }: { elapsedMs: number; phase: SessionState["phase"] }) {
  return (
    <p className="flex items-center gap-2.5">
      <span className="sr-only">Recorded: {formatDuration(elapsedMs)}</span>
      <span
        aria-hidden
        data-testid="elapsed"
        className={cn(
          "counter text-3xl leading-none font-medium",
          phase === "recording" ? "text-ink" : "text-faint",
          (phase === "paused" || phase === "interrupted") && "animate-glow",
        )}
      >
        {formatClock(elapsedMs)}
      </span>
    </p>
  );
}
