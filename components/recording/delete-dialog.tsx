"use client";
/** Asks before recordings are deleted, naming them. */
import { formatBytes } from "@/components/format/bytes";
import { count } from "@/components/format/duration";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { RecordingResource } from "@/lib/protocol/recordings";

/** More titles than this are counted instead. */
const NAMED = 5;

interface DeleteDialogProps {
  /** Empty: the dialog is closed. */
  recordings: readonly RecordingResource[];
  onClose: () => void;
  onConfirm: () => Promise<void>;
}

export function DeleteDialog({ recordings, onClose, onConfirm }: DeleteDialogProps) {
  const [first] = recordings;
  const isOne = recordings.length === 1;
  const isLive = recordings.some(({ state }) => state === "recording");
  const sizeBytes = recordings.reduce((sum, recording) => sum + recording.sizeBytes, 0);
  return (
    <ConfirmDialog
      open={recordings.length > 0}
      onOpenChange={(open) => !open && onClose()}
      title={isOne ? `Delete “${first?.title}”?` : `Delete ${count(recordings.length, "recording")}?`}
      description={
        <>
          {isOne ? "The recording" : "The recordings"} and every file of {isOne ? "it" : "them"} (
          {formatBytes(sizeBytes)}) will be removed for good.
          {isLive && " It is still being recorded: what comes from now on is lost, too."}
        </>
      }
      confirmLabel="Delete"
      onConfirm={onConfirm}
    >
      {!isOne && (
        <ul className="mt-4 divide-y rounded-md border text-sm">
          {recordings.slice(0, NAMED).map(({ id, title }) => (
            <li key={id} className="truncate px-3 py-2">
              {title}
            </li>
          ))}
          {recordings.length > NAMED && <li className="px-3 py-2 text-muted">and {recordings.length - NAMED} more</li>}
        </ul>
      )}
    </ConfirmDialog>
  );
}
