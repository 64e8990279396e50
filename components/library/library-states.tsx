"use client";
/** The library when there is nothing to show. */
import { SearchX, Unplug } from "lucide-react";
import Link from "next/link";
import { RecordDot } from "@/components/brand/record-dot";
import { Reels } from "@/components/brand/reels";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { sentenceOf } from "@/components/ui/problem";

export function LibraryEmpty() {
  return (
    <EmptyState
      level={1}
      picture={<Reels fraction={0.12} isTurning />}
      title="Nothing on tape yet"
      actions={
        <Button asChild look="record" size="lg">
          <Link href="/record">
            <RecordDot />
            Record your first
          </Link>
        </Button>
      }
    >
      Record your camera, your microphone or your screen. When you press stop, the file is here, ready to play and to
      download.
    </EmptyState>
  );
}

export function LibraryNoMatch({ q, onShowAll }: { q: string; onShowAll: () => void }) {
  return (
    <EmptyState
      picture={<SearchX aria-hidden strokeWidth={1.2} className="mx-auto size-12 text-faint" />}
      title={`No title has “${q}”`}
      actions={
        <Button look="outline" onClick={onShowAll}>
          Show all recordings
        </Button>
      }
    >
      Try fewer or other words. Capitals and accents make no difference.
    </EmptyState>
  );
}

export function LibraryProblem({ what, onRetry }: { what: unknown; onRetry: () => void }) {
  return (
    <EmptyState
      picture={<Unplug aria-hidden strokeWidth={1.2} className="mx-auto size-12 text-faint" />}
      title="The library could not be loaded"
      actions={<Button onClick={onRetry}>Try again</Button>}
    >
      {sentenceOf(what)}
    </EmptyState>
  );
}
