"use client";
/** Changes the name, the address and the settings of a camera. */
import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { Switch } from "@/components/ui/switch";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { CameraResource, ChangeCameraRequest } from "@/lib/protocol/cameras";

const GIB = 1024 ** 3;

interface SettingsDialogProps {
  camera: CameraResource;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChanged: (camera: CameraResource) => void;
}

export function SettingsDialog({ camera, open, onOpenChange, onChanged }: SettingsDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Settings of the camera"
      description="While it is recorded, anything but the name begins a new segment after a short gap."
    >
      {open && <SettingsForm camera={camera} onClose={() => onOpenChange(false)} onChanged={onChanged} />}
    </Dialog>
  );
}

type SettingsFormProps = Pick<SettingsDialogProps, "camera" | "onChanged"> & { onClose: () => void };

function SettingsForm({ camera, onClose, onChanged }: SettingsFormProps) {
  const { id, settings } = camera;
  const [audio, setAudio] = useState(settings.audio);
  const audioId = useId();
  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    const url = text("url").trim();
    const gibibytes = numberOf(text("maxGibibytes"));
    const request: ChangeCameraRequest = {
      name: text("name"),
      ...(url === "" ? {} : { url }),
      audio,
      segmentSeconds: numberOf(text("segmentSeconds")),
      retentionDays: numberOf(text("retentionDays")),
      maxBytes: gibibytes === null ? null : Math.round(gibibytes * GIB),
    };
    onChanged(await api.patch<CameraResource>(`/cameras/${id}`, request));
    onClose();
  });

  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <Field label="Name">
        {(control) => (
          <Input {...control} name="name" required maxLength={100} defaultValue={camera.name} autoComplete="off" />
        )}
      </Field>
      <Field label="New address" hint={`Left empty: ${camera.url}`}>
        {(control) => (
          <Input
            {...control}
            name="url"
            inputMode="url"
            maxLength={2000}
            autoComplete="off"
            spellCheck={false}
            placeholder="rtsp://user:password@192.168.1.20/stream"
          />
        )}
      </Field>
      <div className="flex items-center justify-between gap-4 py-1">
        <label htmlFor={audioId} className="text-sm font-medium">
          Record sound when the camera sends any
        </label>
        <Switch id={audioId} checked={audio} onCheckedChange={setAudio} />
      </div>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Keep for days" hint="0: for ever">
          {(control) => (
            <NumberInput control={control} name="retentionDays" min={0} max={36_500} value={settings.retentionDays} />
          )}
        </Field>
        <Field label="At most GiB" hint="Empty: no limit">
          {(control) => (
            <NumberInput
              control={control}
              name="maxGibibytes"
              min={0.001}
              step="any"
              placeholder="No limit"
              value={settings.maxBytes === null ? null : settings.maxBytes / GIB}
            />
          )}
        </Field>
        <Field label="Segment, seconds">
          {(control) => (
            <NumberInput control={control} name="segmentSeconds" min={1} max={86_400} value={settings.segmentSeconds} />
          )}
        </Field>
      </div>
      <DialogActions>
        <Button look="outline" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={isBusy}>
          Save
        </Button>
      </DialogActions>
    </form>
  );
}

interface NumberInputProps {
  control: object;
  name: string;
  value: number | null;
  min: number;
  max?: number;
  step?: "any";
  placeholder?: string;
}

/** Left empty, the installation decides. */
function NumberInput({ control, value, placeholder = "As installed", ...bounds }: NumberInputProps) {
  return <Input {...control} {...bounds} type="number" defaultValue={value ?? ""} placeholder={placeholder} />;
}

function numberOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}
