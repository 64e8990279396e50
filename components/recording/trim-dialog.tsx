"use client";
/** Makes a new recording of a part of this one: from where to where is taken from the player, or typed. */
import { useRouter } from "next/navigation";
import { useState } from "react";
import { formatDuration } from "@/components/format/duration";
import { parseTime, writeTime } from "@/components/format/time-of-media";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { Segmented } from "@/components/ui/segmented";
import { toast } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { CutMode } from "@/lib/domain/cut";
import { MAX_TITLE_LENGTH } from "@/lib/domain/names";
import type { RecordingResource } from "@/lib/protocol/recordings";

const MODES: { value: CutMode; label: string }[] = [
  { value: "exact", label: "Exact" },
  { value: "keyframe", label: "Without encoding" },
];
const MODE_WORDS: Record<CutMode, string> = {
  exact: "Begins with the very picture. The picture is encoded again.",
  keyframe: "The picture stays as it is, and begins at the key frame before, up to some seconds earlier.",
};

interface TrimDialogProps {
  recording: RecordingResource;
  open: boolean;
  onClose: () => void;
}

export function TrimDialog({ recording, open, onClose }: TrimDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Make a part of it a recording"
      description="This recording stays as it is."
    >
      {open && <TrimForm recording={recording} onClose={onClose} />}
    </Dialog>
  );
}

/** Where the page's player is, milliseconds; 0 when there is none. */
function playedMs(): number {
  return Math.round((document.querySelector<HTMLVideoElement>("video[slot=media]")?.currentTime ?? 0) * 1000);
}

function TrimForm({ recording, onClose }: Omit<TrimDialogProps, "open">) {
  const router = useRouter();
  const durationMs = recording.durationMs ?? 0;
  const [mode, setMode] = useState<CutMode>("exact");
  // Opened while it plays: most likely from here on.
  const [from, setFrom] = useState(() => writeTime(playedMs() < durationMs - 1000 ? playedMs() : 0));
  const [to, setTo] = useState(() => writeTime(durationMs));
  const fromMs = parseTime(from);
  const toMs = parseTime(to);
  const isSpan = fromMs !== null && toMs !== null && toMs > fromMs && fromMs < durationMs;

  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    const title = text("title").trim();
    const request = { fromMs, toMs, mode, ...(title === "" ? {} : { title }) };
    const part = await api.post<RecordingResource>(`/recordings/${recording.id}/trim`, request);
    onClose();
    toast.success("The part is being made.");
    router.push(`/recordings/${part.id}`);
  });

  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="From" problem={fromMs === null ? "Write it like 1:05 or 1:02:03.5." : undefined}>
          {(control) => (
            <TimeInput
              control={control}
              value={from}
              onChange={setFrom}
              onTake={() => setFrom(writeTime(playedMs()))}
            />
          )}
        </Field>
        <Field
          label="To"
          problem={
            toMs === null
              ? "Write it like 1:05 or 1:02:03.5."
              : fromMs !== null && toMs <= fromMs
                ? "It must be after the beginning."
                : undefined
          }
        >
          {(control) => (
            <TimeInput control={control} value={to} onChange={setTo} onTake={() => setTo(writeTime(playedMs()))} />
          )}
        </Field>
      </div>
      <div>
        <p className="mb-1.5 text-sm font-medium">How it is cut</p>
        <Segmented label="How it is cut" value={mode} onValueChange={setMode} options={MODES} className="flex w-full" />
        <p className="mt-1.5 text-[13px] text-muted">{MODE_WORDS[mode]}</p>
      </div>
      <Field label="Title">
        {(control) => (
          <Input {...control} name="title" maxLength={MAX_TITLE_LENGTH} placeholder={`${recording.title} (part)`} />
        )}
      </Field>
      <p className="text-sm text-muted" aria-live="polite">
        {isSpan && `The part lasts ${formatDuration(Math.min(toMs, durationMs) - fromMs)}.`}
      </p>
      <DialogActions>
        <Button look="outline" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={isBusy} disabled={!isSpan}>
          Make it
        </Button>
      </DialogActions>
    </form>
  );
}

interface TimeInputProps {
  control: object;
  value: string;
  onChange: (value: string) => void;
  onTake: () => void;
}

function TimeInput({ control, value, onChange, onTake }: TimeInputProps) {
  return (
    <div className="flex gap-2">
      <Input
        {...control}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        inputMode="decimal"
        autoComplete="off"
        className="counter"
      />
      <Button look="outline" onClick={onTake} className="shrink-0">
        From player
      </Button>
    </div>
  );
}
