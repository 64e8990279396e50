"use client";
/** How far the recording is, and how far it is safe: the tape that was wound, and how much of it the server has. */
import { CloudCheck, CloudOff, CloudUpload, HardDrive, Hourglass, RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { formatBytes } from "@/components/format/bytes";
import { formatClock } from "@/components/format/duration";
import { connectionWords, waitsWords } from "@/components/recorder/connection-words";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import type { Connection, RunState } from "@/lib/client/session/recording-run";

const ICONS: Readonly<Record<Connection, ReactNode>> = {
  connecting: <CloudUpload aria-hidden />,
  connected: <CloudCheck aria-hidden />,
  waiting: <RefreshCw aria-hidden />,
  failed: <CloudOff aria-hidden />,
};

export function TapePanel({ run, onRetry }: { run: RunState; onRetry: () => void }) {
  const isGood = run.connection === "connected" || run.connection === "connecting";
  return (
    <section aria-label="State of the recording" className="rounded-lg border bg-surface p-4 shadow-card">
      <p className="text-sm text-muted">Safe on the server up to</p>
      <p className="mt-1 flex items-baseline justify-between gap-3">
        <span className="counter text-2xl leading-8 font-medium text-green-ink" data-testid="safe-time">
          {formatClock(run.safeMs)}
        </span>
        <span className="counter text-sm text-muted">of {formatClock(run.elapsedMs)}</span>
      </p>
      <Tape elapsedMs={run.elapsedMs} safeMs={run.safeMs} />
      <dl className="mt-4 flex flex-col gap-2.5 border-t pt-4 text-sm">
        <Fact
          icon={ICONS[run.connection]}
          label="Server"
          className={cn(
            !isGood && "text-amber-ink [&_svg]:text-amber-ink",
            run.connection === "failed" && "text-tape-ink [&_svg]:text-tape-ink",
          )}
        >
          {connectionWords(run)}
        </Fact>
        <Fact icon={<HardDrive aria-hidden />} label="Recorded">
          <span className="counter">{formatBytes(run.recordedBytes)}</span>
        </Fact>
        {(!isGood || run.elapsedMs - run.safeMs > BEHIND_MS) && (
          <Fact icon={<Hourglass aria-hidden />} label="Waiting in this browser">
            {waitsWords(run)}
          </Fact>
        )}
      </dl>
      {!isGood && (
        <Button look="outline" size="sm" className="mt-3 w-full" onClick={onRetry}>
          Try again now
        </Button>
      )}
    </section>
  );
}

/** A good connection is about a second behind; from here on it is worth a look. */
const BEHIND_MS = 5000;

/** Green is with the server, the rest only in this browser. */
function Tape({ elapsedMs, safeMs }: Pick<RunState, "elapsedMs" | "safeMs">) {
  const safe = elapsedMs === 0 ? 0 : Math.min(1, safeMs / elapsedMs);
  const isBehind = elapsedMs - safeMs > BEHIND_MS;
  return (
    <div aria-hidden className={cn("mt-3 h-2 overflow-hidden rounded-full", isBehind ? "bg-amber" : "bg-line-strong")}>
      <div
        className="h-full border-r-2 border-surface bg-green transition-[width] duration-300"
        style={{ width: `${safe * 100}%` }}
      />
    </div>
  );
}

interface FactProps {
  icon: ReactNode;
  label: string;
  className?: string;
  children: ReactNode;
}

function Fact({ icon, label, className, children }: FactProps) {
  return (
    <div className={cn("flex gap-2.5 [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint", className)}>
      {icon}
      <dt className="sr-only">{label}</dt>
      <dd className="min-w-0 leading-5 text-pretty">{children}</dd>
    </div>
  );
}
