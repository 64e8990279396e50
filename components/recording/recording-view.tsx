"use client";
/** The page of one recording: it follows what happens to it, and becomes the player when it is ready. */
import { ArrowLeft, Download, Ellipsis, Pencil, Pin, PinOff, Scissors, Share2, Square, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback, useState } from "react";
import useSWR from "swr";
import { useRecordingEvents } from "@/components/live/use-recording-events";
import { DeleteDialog } from "@/components/recording/delete-dialog";
import { DownloadItems, useResolutionNews, useSoundDownload } from "@/components/recording/download-items";
import { FileFacts } from "@/components/recording/file-facts";
import { GapsPanel } from "@/components/recording/gaps-panel";
import { InlineTitle } from "@/components/recording/inline-title";
import { type RetentionDefaults, RetentionPanel } from "@/components/recording/retention-panel";
import { Stage } from "@/components/recording/stage";
import { StateBadge } from "@/components/recording/state-badge";
import { TracksPanel } from "@/components/recording/tracks-panel";
import { TrimDialog } from "@/components/recording/trim-dialog";
import { useRecordingActions } from "@/components/recording/use-recording-actions";
import { ShareDialog } from "@/components/sharing/share-dialog";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { RelativeTime } from "@/components/ui/relative-time";
import { AppError } from "@/lib/domain/errors";
import type { RecordingEvent, RecordingResource } from "@/lib/protocol/recordings";

/** Events are hints and may be lost: this is how long a wrong picture lasts at most. */
const REFRESH_MS = 20_000;
/** While a recording runs: how soon it is noticed that it can be watched. */
const LIVE_REFRESH_MS = 2000;

interface RecordingViewProps {
  initial: RecordingResource;
  retentionDefaults: RetentionDefaults;
}

export function RecordingView({ initial, retentionDefaults }: RecordingViewProps) {
  const router = useRouter();
  const { data, error, mutate } = useSWR<RecordingResource, unknown>(`/recordings/${initial.id}`, {
    fallbackData: initial,
    refreshInterval: (latest) => {
      if (latest?.state === "ready") return 0;
      return latest?.state === "recording" && latest.liveUrl === null ? LIVE_REFRESH_MS : REFRESH_MS;
    },
  });
  const told = data ?? initial;
  // Beside what was told: to change that would throw an answer away that is on its way.
  const [progress, setProgress] = useState<RecordingResource["progress"]>(null);
  const isUnderWay = progress !== null && told.state !== "ready" && told.state !== "failed";
  const recording: RecordingResource = isUnderWay ? { ...told, state: "compiling", progress } : told;
  const [isGone, setIsGone] = useState(false);
  const [isTrimming, setIsTrimming] = useState(false);
  const [isRenaming, setIsRenaming] = useState(false);
  const [asksDelete, setAsksDelete] = useState(false);
  const [isSharing, setIsSharing] = useState(false);
  const [asksStop, setAsksStop] = useState(false);

  const onChanged = useCallback((next: RecordingResource) => void mutate(next, { revalidate: false }), [mutate]);
  const onRemoved = useCallback(() => setIsGone(true), []);
  const actions = useRecordingActions({ onChanged, onRemoved });
  useRecordingEvents(`/recordings/${initial.id}/events`, {
    onEvent(event: RecordingEvent) {
      if (event.type === "recording") {
        setProgress(null);
        onChanged(event.recording);
      }
      if (event.type === "deleted") setIsGone(true);
      if (event.type === "progress") setProgress(event.progress);
    },
    onResume: () => void mutate(),
  });
  useSoundDownload(recording);
  useResolutionNews(recording);

  if (isGone || (error instanceof AppError && error.kind === "not_found")) {
    return (
      <EmptyState
        level={1}
        title="This recording was deleted"
        actions={
          <Button asChild look="outline">
            <Link href="/">To the library</Link>
          </Button>
        }
      />
    );
  }

  const { id, title, pinned } = recording;
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 pt-4 pb-4 sm:px-0 sm:pt-0">
        <IconButton asChild label="Back to the library" side="right" className="-ml-2 max-sm:hidden">
          <Link href="/">
            <ArrowLeft aria-hidden />
          </Link>
        </IconButton>
        <div className="min-w-0 flex-1 basis-72">
          {isRenaming ? (
            <InlineTitle
              title={title}
              onDone={(next) => {
                setIsRenaming(false);
                if (next !== null) actions.change(id, { title: next }).catch(() => {});
              }}
              className="-mx-2 px-2 text-xl leading-8 font-semibold tracking-[-0.02em] sm:text-2xl"
            />
          ) : (
            <h1 className="group/title flex items-start gap-1.5 text-xl leading-8 font-semibold tracking-[-0.02em] sm:text-2xl">
              <span className="min-w-0 break-words">{title}</span>
              <IconButton
                label="Rename"
                size="iconSm"
                className="opacity-0 transition-opacity group-hover/title:opacity-100 focus-visible:opacity-100 pointer-coarse:-my-1.5 pointer-coarse:opacity-100"
                onClick={() => setIsRenaming(true)}
              >
                <Pencil aria-hidden />
              </IconButton>
            </h1>
          )}
          <p className="mt-1 flex flex-wrap items-center gap-x-2 text-sm text-muted">
            <RelativeTime at={recording.createdAt} />
            {recording.state !== "ready" && <StateBadge recording={recording} />}
            {pinned && (
              <span className="inline-flex items-center gap-1">
                <Pin aria-hidden className="size-3.5" />
                Pinned
              </span>
            )}
          </p>
        </div>
        <div className="flex items-center gap-2">
          {recording.downloadUrl !== null && (
            <Button asChild>
              <a href={`${recording.downloadUrl}?download=1`} download>
                <Download aria-hidden />
                Download MP4
              </a>
            </Button>
          )}
          {recording.state === "recording" && recording.liveUrl !== null && (
            <Button look="outline" onClick={() => setAsksStop(true)}>
              <Square aria-hidden className="fill-current" />
              Stop recording
            </Button>
          )}
          <Button look="outline" onClick={() => setIsSharing(true)}>
            <Share2 aria-hidden />
            Share
          </Button>
          <Menu>
            <MenuTrigger asChild>
              <Button look="outline" size="icon" aria-label="More">
                <Ellipsis aria-hidden />
              </Button>
            </MenuTrigger>
            <MenuContent align="end">
              <DownloadItems recording={recording} onChanged={onChanged} />
              {recording.state === "ready" && (
                <MenuItem onSelect={() => setIsTrimming(true)}>
                  <Scissors aria-hidden />
                  Trim…
                </MenuItem>
              )}
              <MenuItem onSelect={() => void actions.change(id, { pinned: !pinned }).catch(() => {})}>
                {pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
                {pinned ? "Unpin" : "Pin, so that it is kept"}
              </MenuItem>
              <MenuSeparator />
              <MenuItem danger onSelect={() => setAsksDelete(true)}>
                <Trash2 aria-hidden />
                Delete…
              </MenuItem>
            </MenuContent>
          </Menu>
        </div>
      </header>
      <div className="grid items-start gap-6 lg:grid-cols-2 2xl:grid-cols-[minmax(0,1fr)_23rem] 2xl:grid-rows-[auto_1fr]">
        <div className="min-w-0 lg:col-span-2 2xl:col-span-1">
          <Stage
            recording={recording}
            onCompile={() => void actions.compile([id])}
            onStop={() => setAsksStop(true)}
            onEnded={() => void mutate()}
          />
        </div>
        <div className="flex min-w-0 flex-col gap-6 px-4 sm:px-0 2xl:row-start-2">
          <GapsPanel recording={recording} />
          <TracksPanel recording={recording} rawRetentionHours={retentionDefaults.rawHours} />
        </div>
        <div className="flex min-w-0 flex-col gap-6 px-4 sm:px-0 2xl:col-start-2 2xl:row-span-2 2xl:row-start-1">
          <FileFacts recording={recording} />
          <RetentionPanel recording={recording} defaults={retentionDefaults} onChange={actions.change} />
        </div>
      </div>
      <ShareDialog recordingId={id} open={isSharing} onOpenChange={setIsSharing} />
      <TrimDialog recording={recording} open={isTrimming} onClose={() => setIsTrimming(false)} />
      <DeleteDialog
        recordings={asksDelete ? [recording] : []}
        onClose={() => setAsksDelete(false)}
        onConfirm={async () => {
          await actions.remove([id]);
          router.push("/");
        }}
      />
      <ConfirmDialog
        open={asksStop}
        onOpenChange={setAsksStop}
        title="Stop this recording?"
        description="It ends with what has arrived so far, also where it is being recorded."
        confirmLabel="Stop"
        onConfirm={() => actions.stop(id)}
      />
    </>
  );
}
