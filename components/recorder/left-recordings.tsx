"use client";
/** Recordings that were not brought to their end because their page was closed or crashed, on every page. */
import { CircleCheck, CloudUpload, History, X } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Notice } from "@/components/recorder/notice";
import { recoveryWords } from "@/components/recorder/recovery-words";
import { type SessionOptions, useSessionState } from "@/components/recorder/use-recording-session";
import { useRecoveries } from "@/components/recorder/use-recoveries";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { IconButton } from "@/components/ui/icon-button";
import type { RecoveryState } from "@/lib/client/recovery/recovery";
import { isUnsafeToLeave } from "@/lib/client/session/session-phase";

export function LeftRecordings(options: SessionOptions) {
  const { recoveries, left } = useRecoveries(options);
  const { session, state } = useSessionState(options);
  const [removed, setRemoved] = useState<string | null>(null);
  const router = useRouter();
  const pathname = usePathname();

  function goOn(recordingId: string) {
    session.continueWith(recoveries?.get(recordingId) ?? null);
    if (pathname !== "/record") router.push("/record");
  }

  // What is being gone on with is shown by the recorder.
  const shown = left.filter(({ recordingId, isOpen }) => !(isOpen && recordingId === state.continued?.recordingId));
  return (
    // A live region says what comes into it, and so it is there before.
    <div role="status" className="mx-auto flex w-full max-w-[92rem] flex-col px-4 sm:px-8 [&>*]:mt-4">
      {shown.map((each) => (
        <Notice
          key={each.recordingId}
          icon={iconOf(each)}
          action={
            <Actions
              left={each}
              canGoOn={!isUnsafeToLeave(state.phase) && state.phase !== "countdown"}
              onGoOn={() => goOn(each.recordingId)}
              onFinish={() => recoveries?.get(each.recordingId)?.finish()}
              onRetry={() => recoveries?.get(each.recordingId)?.retry()}
              onRemove={() => setRemoved(each.recordingId)}
              onDismiss={() => recoveries?.dismiss(each.recordingId)}
            />
          }
        >
          {recoveryWords(each)}
        </Notice>
      ))}
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(isOpen) => !isOpen && setRemoved(null)}
        title="Delete what this browser keeps?"
        description="The server does not have it, and it cannot be brought back. What the server has of the recording stays."
        confirmLabel="Delete"
        cancelLabel="Keep it"
        onConfirm={() => recoveries?.get(removed ?? "")?.remove()}
      />
    </div>
  );
}

function iconOf({ phase }: RecoveryState): ReactNode {
  if (phase === "done") return <CircleCheck aria-hidden />;
  return phase === "sending" ? <CloudUpload aria-hidden /> : <History aria-hidden />;
}

interface ActionsProps {
  left: RecoveryState;
  canGoOn: boolean;
  onGoOn: () => void;
  onFinish: () => void;
  onRetry: () => void;
  onRemove: () => void;
  onDismiss: () => void;
}

function Actions({ left, canGoOn, ...on }: ActionsProps): ReactNode {
  const { phase, isOpen, problem, recordingId } = left;
  return (
    <span className="flex flex-wrap items-center gap-2">
      {isOpen && (
        <>
          <Button size="sm" onClick={on.onGoOn} disabled={!canGoOn}>
            Go on recording
          </Button>
          <Button look="outline" size="sm" onClick={on.onFinish}>
            Finish it
          </Button>
        </>
      )}
      {(phase === "failed" || (phase === "sending" && problem !== null)) && (
        <Button look="outline" size="sm" onClick={on.onRetry}>
          Try again now
        </Button>
      )}
      {(phase === "failed" || phase === "foreign") && (
        <Button look="dangerGhost" size="sm" onClick={on.onRemove}>
          Delete it here
        </Button>
      )}
      {phase === "done" && (
        <Button look="outline" size="sm" asChild>
          <Link href={`/recordings/${recordingId}`}>Open recording</Link>
        </Button>
      )}
      {(phase === "done" || phase === "gone" || phase === "foreign") && (
        <IconButton label="Dismiss" size="iconSm" onClick={on.onDismiss}>
          <X aria-hidden />
        </IconButton>
      )}
    </span>
  );
}
