"use client";
/** Begins and ends a recording by snapshots, and says how far it is safe. */
import { Camera, MonitorUp, Square } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { RecordDot } from "@/components/brand/record-dot";
import { formatBytes } from "@/components/format/bytes";
import { count } from "@/components/format/duration";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { Segmented } from "@/components/ui/segmented";
import { CaptureError } from "@/lib/client/capture/capture";
import { type SnapshotRun, startSnapshotRun } from "@/lib/client/snapshots/snapshot-run";
import type { SenderState } from "@/lib/client/snapshots/snapshot-sender";

const SOURCES = [
  { value: "camera", label: "Camera", icon: <Camera aria-hidden /> },
  { value: "screen", label: "Screen", icon: <MonitorUp aria-hidden /> },
] as const;

const PHASE_WORDS: Record<SenderState["phase"], string> = {
  connecting: "Connecting …",
  sending: "Recording",
  waiting: "Not connected. The snapshots are kept here and sent when it is back.",
  finishing: "Sending the last snapshots …",
  finished: "Everything is safe on the server.",
  failed: "It has ended.",
};

export function SnapshotRecorder() {
  const [source, setSource] = useState<"camera" | "screen">("camera");
  const [name, setName] = useState("");
  const [run, setRun] = useState<SnapshotRun | null>(null);
  const [state, setState] = useState<SenderState | null>(null);
  const [isOpening, setIsOpening] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const isRunning = run !== null && state?.phase !== "finished" && state?.phase !== "failed";

  // Leaving the page lets everything go; the server ends the recording by itself.
  useEffect(() => () => run?.close(), [run]);

  async function start() {
    setProblem(null);
    setState(null);
    setIsOpening(true);
    try {
      setRun(await startSnapshotRun(source, name, setState));
    } catch (error) {
      setProblem(error instanceof CaptureError ? `${error.problem.title}. ${error.problem.explanation}` : error);
    } finally {
      setIsOpening(false);
    }
  }

  return (
    <Panel title="Record by snapshots">
      <div className="grid gap-5 md:grid-cols-[minmax(0,1fr)_minmax(0,22rem)]">
        <div className="flex flex-col items-start gap-4">
          <Field label="Name" className="w-full">
            {(control) => (
              <Input
                {...control}
                value={name}
                maxLength={200}
                disabled={isRunning}
                autoComplete="off"
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          {!isRunning && (
            <Segmented label="What to take snapshots of" value={source} onValueChange={setSource} options={SOURCES} />
          )}
          {isRunning ? (
            <Button look="outline" onClick={() => run.stop()} disabled={state?.phase === "finishing"}>
              <Square aria-hidden className="fill-current" />
              Stop
            </Button>
          ) : (
            <Button look="record" busy={isOpening} onClick={() => void start()}>
              <RecordDot />
              Start recording
            </Button>
          )}
          {problem !== null && <Problem what={problem} className="w-full" />}
          {state?.problem != null && <Problem what={state.problem} className="w-full" />}
          {state !== null && <Progress state={state} />}
        </div>
        {isRunning && <LivePreview track={run.track} />}
      </div>
    </Panel>
  );
}

function Progress({ state }: { state: SenderState }) {
  const { phase, taken, safe, keptBytes, detection, recordingId } = state;
  return (
    <div className="text-sm">
      <p role="status" className="font-medium">
        {PHASE_WORDS[phase]}
      </p>
      <p className="mt-1 text-muted">
        <span className="counter" data-testid="snapshots-safe">
          {safe}
        </span>
        {` of ${count(taken, "snapshot")} safe`}
        {keptBytes > 0 && ` · ${formatBytes(keptBytes)} kept here`}
        {detection?.frozen && " · the picture has frozen"}
      </p>
      {phase === "finished" && recordingId !== null && (
        <Button asChild look="outline" size="sm" className="mt-3">
          <Link href={`/recordings/${recordingId}`}>Open the recording</Link>
        </Button>
      )}
    </div>
  );
}

function LivePreview({ track }: { track: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = new MediaStream([track]);
  }, [track]);
  return (
    <video
      ref={video}
      muted
      autoPlay
      playsInline
      aria-label="What is being recorded"
      className="aspect-video w-full rounded-md bg-black object-contain"
    />
  );
}
