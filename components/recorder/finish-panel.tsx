"use client";
/** After stop: the rest on its way to the server, then the compilation, then the links. */
import { CircleAlert, CloudOff, Download, ExternalLink, Trash2 } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Reels } from "@/components/brand/reels";
import { formatBytes } from "@/components/format/bytes";
import { formatClock } from "@/components/format/duration";
import { connectionWords } from "@/components/recorder/connection-words";
import { type FinishStep, finishStep } from "@/components/recorder/finish-step";
import { Notice } from "@/components/recorder/notice";
import { useRecording } from "@/components/recorder/use-recording";
import { Thumbnail } from "@/components/recording/thumbnail";
import { Button } from "@/components/ui/button";
import { Problem } from "@/components/ui/problem";
import { Progress } from "@/components/ui/progress";
import type { RunState } from "@/lib/client/session/recording-run";

interface FinishPanelProps {
  run: RunState;
  /** The server has every byte. */
  isUploaded: boolean;
  onRetry: () => void;
  /** Asks first. */
  onDiscard: () => void;
  onAgain: () => void;
}

export function FinishPanel({ run, isUploaded, onRetry, onDiscard, onAgain }: FinishPanelProps) {
  const { recording, problem, compile } = useRecording(run.recordingId);
  const step = finishStep(run, isUploaded, recording);
  return (
    <div className="grid min-h-[min(24rem,56vw)] place-items-center px-5 py-8 sm:px-8">
      <div className="flex w-full max-w-md flex-col items-center text-center">
        <Picture step={step} recording={recording} />
        <h2
          tabIndex={-1}
          data-next-focus
          className="mt-6 text-xl font-semibold tracking-tight text-balance outline-none"
        >
          {step.title}
        </h2>
        <p className="mt-1.5 text-sm leading-6 text-pretty text-muted">{step.text}</p>
        {step.fraction !== null && (
          <Progress
            label={step.title}
            fraction={step.fraction === "unknown" ? null : step.fraction}
            tone="amber"
            className="mt-5"
          />
        )}
        <p className="counter mt-3 text-xs text-muted">
          {formatClock(run.elapsedMs)} · {formatBytes(run.recordedBytes)}
        </p>
        {problem !== null && <Problem what={problem} className="mt-5 w-full text-left" />}
        {step.name === "uploading" && (run.connection === "waiting" || run.connection === "failed") && (
          <div className="mt-5 w-full">
            <Notice
              icon={<CloudOff aria-hidden />}
              action={
                <Button look="outline" size="sm" onClick={onRetry}>
                  Try again now
                </Button>
              }
            >
              {connectionWords(run)}
            </Notice>
          </div>
        )}
        <div className="mt-6 flex w-full justify-center gap-2.5 max-sm:flex-col sm:flex-wrap">
          <Actions
            step={step}
            recordingId={run.recordingId}
            downloadUrl={recording?.downloadUrl ?? null}
            onCompile={compile}
            onDiscard={onDiscard}
            onAgain={onAgain}
          />
        </div>
      </div>
    </div>
  );
}

interface PictureProps {
  step: FinishStep;
  recording: ReturnType<typeof useRecording>["recording"];
}

function Picture({ step, recording }: PictureProps): ReactNode {
  if (step.name === "ready" && recording?.thumbnailUrl != null) {
    return <Thumbnail recording={recording} className="w-full max-w-80 rounded-lg border shadow-card" />;
  }
  if (step.name === "failed") return <CircleAlert aria-hidden strokeWidth={1.5} className="size-14 text-tape-ink" />;
  return (
    <Reels
      fraction={typeof step.fraction === "number" ? step.fraction : step.fraction === null ? 1 : 0}
      isTurning={step.fraction !== null}
      className="max-w-60"
    />
  );
}

interface ActionsProps {
  step: FinishStep;
  recordingId: string;
  downloadUrl: string | null;
  onCompile: () => void;
  onDiscard: () => void;
  onAgain: () => void;
}

function Actions({ step, recordingId, downloadUrl, onCompile, onDiscard, onAgain }: ActionsProps): ReactNode {
  if (step.name === "uploading") {
    return (
      <Button look="dangerGhost" onClick={onDiscard}>
        <Trash2 aria-hidden />
        Discard
      </Button>
    );
  }
  return (
    <>
      {step.canCompile && <Button onClick={onCompile}>{step.name === "failed" ? "Try again" : "Compile"}</Button>}
      <Button look={step.name === "ready" ? "solid" : "outline"} asChild>
        <Link href={`/recordings/${recordingId}`}>
          <ExternalLink aria-hidden />
          Open recording
        </Link>
      </Button>
      {downloadUrl !== null && (
        <Button look="outline" asChild>
          <a href={downloadUrl} download>
            <Download aria-hidden />
            Download MP4
          </a>
        </Button>
      )}
      <Button look="ghost" onClick={onAgain}>
        Record another
      </Button>
    </>
  );
}
