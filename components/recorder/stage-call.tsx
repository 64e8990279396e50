"use client";
/** While nothing is open: what there is to do, or why it did not work and what helps. */
import { TriangleAlert } from "lucide-react";
import { SOURCE_WORDS } from "@/components/recorder/source-words";
import { Button } from "@/components/ui/button";
import type { CaptureProblem } from "@/lib/client/capture/capture-problem";
import type { CaptureSource } from "@/lib/client/capture/choices";

interface StageCallProps {
  source: CaptureSource;
  problem: CaptureProblem | null;
  onOpen: () => void;
}

export function StageCall({ source, problem, onOpen }: StageCallProps) {
  const { icon: Icon, callTitle, callText, callButton } = SOURCE_WORDS[source];
  if (problem !== null) return <ProblemCall problem={problem} onOpen={onOpen} />;
  return (
    <div className="flex max-w-sm flex-col items-center px-6 py-8 text-center">
      <span className="grid size-14 place-items-center rounded-full bg-raised text-muted ring-1 ring-line-strong">
        <Icon aria-hidden strokeWidth={1.6} className="size-6" />
      </span>
      <h2 className="mt-4 text-base font-semibold tracking-tight">{callTitle}</h2>
      <p className="mt-1.5 text-sm leading-6 text-pretty text-muted">{callText}</p>
      <Button className="mt-5" onClick={onOpen}>
        {callButton}
      </Button>
    </div>
  );
}

function ProblemCall({ problem, onOpen }: Pick<StageCallProps, "onOpen"> & { problem: CaptureProblem }) {
  // Trying again changes nothing about the page's address or the browser.
  const canTryAgain = problem.code !== "insecure" && problem.code !== "unsupported";
  return (
    <div role="alert" className="w-full max-w-lg px-6 py-8">
      <h2 className="flex items-center gap-2.5 text-base font-semibold tracking-tight">
        <TriangleAlert aria-hidden className="size-5 shrink-0 text-amber-ink" />
        {problem.title}
      </h2>
      <p className="mt-2 text-sm leading-6 text-pretty text-muted">{problem.explanation}</p>
      {problem.steps.length > 0 && (
        <ol className="mt-4 flex flex-col gap-2.5 text-sm leading-6">
          {problem.steps.map((step, index) => (
            <li key={step} className="flex gap-3">
              <span
                aria-hidden
                className="counter mt-0.5 grid size-5 shrink-0 place-items-center rounded-full bg-raised text-[11px] text-muted ring-1 ring-line-strong"
              >
                {index + 1}
              </span>
              <span className="min-w-0 text-pretty">{step}</span>
            </li>
          ))}
        </ol>
      )}
      {canTryAgain && (
        <Button className="mt-5" onClick={onOpen}>
          Try again
        </Button>
      )}
    </div>
  );
}
