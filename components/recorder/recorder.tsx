"use client";
/** The recording page: choose, look, record, and have it. */
import { Keyboard } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { Announcer } from "@/components/recorder/announcer";
import { FinishPanel } from "@/components/recorder/finish-panel";
import { Notices } from "@/components/recorder/notices";
import { SetupPanel } from "@/components/recorder/setup-panel";
import { RECORDER_SHORTCUTS, type RecorderCommand } from "@/components/recorder/shortcuts";
import { SourcePicker } from "@/components/recorder/source-picker";
import { Stage } from "@/components/recorder/stage";
import { TapePanel } from "@/components/recorder/tape-panel";
import { TitleField } from "@/components/recorder/title-field";
import { Transport } from "@/components/recorder/transport";
import { useLeaveGuard } from "@/components/recorder/use-leave-guard";
import { useRecorderKeys } from "@/components/recorder/use-recorder-keys";
import { type SessionOptions, useRecordingSession } from "@/components/recorder/use-recording-session";
import { useTabTitle } from "@/components/recorder/use-tab-title";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { IconButton } from "@/components/ui/icon-button";
import { PageHeading } from "@/components/ui/page-heading";
import { ShortcutsDialog } from "@/components/ui/shortcuts-dialog";
import { isChoosing, isRunning, isUnsafeToLeave, type SessionPhase } from "@/lib/client/session/session-phase";

export function Recorder(options: SessionOptions) {
  const { session, state } = useRecordingSession(options);
  const { phase, choices, devices, run, title } = state;
  const [showsShortcuts, setShowsShortcuts] = useState(false);
  const [asksToDiscard, setAsksToDiscard] = useState(false);
  const titleRef = useRef<HTMLInputElement>(null);
  const deckRef = useRef<HTMLDivElement>(null);

  const commands: Record<RecorderCommand, () => void> = {
    record: () => void session.record(),
    skip: () => session.skipCountdown(),
    cancel: () => session.cancel(),
    pause: () => session.pause(),
    resume: () => session.resume(),
    stop: () => void session.stop(),
    discard: () => setAsksToDiscard(true),
    mute: () => session.setMuted(!session.state.isMuted),
    title: () => titleRef.current?.focus(),
    help: () => setShowsShortcuts(true),
  };
  useRecorderKeys(phase, (command) => commands[command]());
  useLeaveGuard(isUnsafeToLeave(phase));
  useTabTitle(state);
  useFocusAfterChange(phase, deckRef);

  const readMeter = () => session.meter;
  const isFinishing = phase === "stopping" || phase === "uploading" || phase === "done";
  return (
    <>
      <PageHeading
        title="Record"
        actions={
          <IconButton
            label="Keyboard shortcuts"
            keys="?"
            size="iconSm"
            className="pointer-coarse:hidden"
            onClick={() => setShowsShortcuts(true)}
          >
            <Keyboard aria-hidden />
          </IconButton>
        }
      />
      <div className="grid gap-x-6 gap-y-5 lg:grid-cols-[minmax(0,1fr)_20rem] lg:grid-rows-[auto_1fr]">
        {isChoosing(phase) && (
          <div className="lg:col-start-2 lg:row-start-1">
            <SourcePicker source={choices.source} onChange={(source) => void session.choose({ source })} />
          </div>
        )}
        <div className="min-w-0 lg:col-start-1 lg:row-span-2 lg:row-start-1">
          <div ref={deckRef} className="overflow-clip rounded-xl border bg-surface shadow-card">
            {isFinishing && run !== null ? (
              <FinishPanel
                run={run}
                isUploaded={phase === "done"}
                onRetry={() => session.retry()}
                onDiscard={commands.discard}
                onAgain={() => void session.again()}
              />
            ) : (
              <>
                <Stage
                  state={state}
                  readMeter={readMeter}
                  onOpen={() => void session.open()}
                  onSkip={commands.skip}
                  onCancel={commands.cancel}
                />
                <Transport state={state} readMeter={readMeter} commands={{ ...commands, toggleMute: commands.mute }} />
              </>
            )}
          </div>
          <Notices
            state={state}
            onShareAgain={() => void session.reopen()}
            onLeaveContinued={() => session.continueWith(null)}
          />
        </div>
        <div className="flex flex-col gap-5 lg:col-start-2">
          {run !== null && isRunning(phase) && <TapePanel run={run} onRetry={() => session.retry()} />}
          <TitleField
            ref={titleRef}
            title={title}
            onChange={(next) => session.setTitle(next)}
            onDone={() => session.finishTitle()}
          />
          {isChoosing(phase) && (
            <SetupPanel choices={choices} devices={devices} onChange={(changes) => void session.choose(changes)} />
          )}
        </div>
      </div>
      <ShortcutsDialog open={showsShortcuts} onOpenChange={setShowsShortcuts} shortcuts={RECORDER_SHORTCUTS} />
      <ConfirmDialog
        open={asksToDiscard}
        onOpenChange={setAsksToDiscard}
        title="Discard this recording?"
        description="Everything recorded so far is deleted, here and on the server. Recording goes on while you decide."
        confirmLabel="Discard"
        cancelLabel="Keep it"
        onConfirm={() => session.discard()}
      />
      <Announcer state={state} />
    </>
  );
}

/** When a control that had the focus goes away with its phase, the main one of the new phase gets it. */
function useFocusAfterChange(phase: SessionPhase, deckRef: RefObject<HTMLElement | null>): void {
  const lastFocused = useRef<Element | null>(null);
  useEffect(() => {
    const remember = (event: FocusEvent) => {
      lastFocused.current = event.target instanceof Element ? event.target : null;
    };
    document.addEventListener("focusin", remember);
    return () => document.removeEventListener("focusin", remember);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again after every phase
  useEffect(() => {
    const gone = lastFocused.current;
    if (gone === null || (gone.isConnected && !gone.matches(":disabled"))) return;
    deckRef.current?.querySelector<HTMLElement>("[data-next-focus]")?.focus();
  }, [phase, deckRef]);
}
