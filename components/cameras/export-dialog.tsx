"use client";
/** Makes a recording in the library of a stretch of what a camera sent. */
import Link from "next/link";
import { useState } from "react";
import { fieldTime } from "@/components/cameras/local-day";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import { MAX_TITLE_LENGTH } from "@/lib/domain/names";
import type { CameraResource } from "@/lib/protocol/cameras";
import type { RecordingResource } from "@/lib/protocol/recordings";

/** Before and after what is being watched. */
const AROUND_MS = 30_000;

interface ExportDialogProps {
  camera: Pick<CameraResource, "id" | "name">;
  /** What is being watched, ms since the epoch. */
  aroundMs: number;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function ExportDialog({ open, onOpenChange, ...rest }: ExportDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Export a stretch"
      description="It becomes a recording in your library, cut at the key frames around it, without encoding anew."
    >
      {open && <ExportForm {...rest} onClose={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function ExportForm({
  camera,
  aroundMs,
  onClose,
}: Pick<ExportDialogProps, "camera" | "aroundMs"> & { onClose: () => void }) {
  // As it was when the dialog opened: the player goes on.
  const [from, setFrom] = useState(() => fieldTime(aroundMs - AROUND_MS));
  const [to, setTo] = useState(() => fieldTime(Math.min(aroundMs + AROUND_MS, Date.now())));
  const [made, setMade] = useState<RecordingResource | null>(null);
  const isSpan = Date.parse(to) > Date.parse(from);
  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    const title = text("title").trim();
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    setMade(await api.post(`/cameras/${camera.id}/exports`, { ...span, ...(title === "" ? {} : { title }) }));
  });

  if (made !== null) {
    return (
      <>
        <p role="status" className="text-sm leading-6">
          The recording “{made.title}” is being made.
        </p>
        <DialogActions>
          <Button look="outline" onClick={onClose}>
            Close
          </Button>
          <Button asChild>
            <Link href={`/recordings/${made.id}`}>Open the recording</Link>
          </Button>
        </DialogActions>
      </>
    );
  }
  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="From">
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              step={1}
              required
              value={from}
              onChange={(event) => setFrom(event.target.value)}
            />
          )}
        </Field>
        <Field label="To" problem={isSpan ? undefined : "It must be after the beginning."}>
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              step={1}
              required
              value={to}
              onChange={(event) => setTo(event.target.value)}
            />
          )}
        </Field>
      </div>
      <Field label="Title" hint="Left empty: the camera and the time.">
        {(control) => <Input {...control} name="title" maxLength={MAX_TITLE_LENGTH} autoComplete="off" />}
      </Field>
      <DialogActions>
        <Button look="outline" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={isBusy} disabled={!isSpan}>
          Export
        </Button>
      </DialogActions>
    </form>
  );
}
