"use client";
/** Devices and settings, as far as the chosen source has them. */
import { Camera, Mic, MicOff } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Field, type FieldControl } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { CAMERA_HEIGHTS_PX, type Choices, COUNTDOWNS_S, needsOf } from "@/lib/client/capture/choices";
import type { Device, Devices } from "@/lib/client/capture/devices";

/** Values of the lists that are no device ids. */
const DEFAULT_DEVICE = "default";
const NO_DEVICE = "none";

interface SetupPanelProps {
  choices: Choices;
  devices: Devices;
  onChange: (changes: Partial<Choices>) => void;
}

export function SetupPanel({ choices, devices, onChange }: SetupPanelProps) {
  const needs = needsOf(choices);
  return (
    <div className="flex flex-col gap-5">
      {needs.camera && (
        <Field label="Camera">
          {(control) => (
            <DeviceSelect
              control={control}
              icon={<Camera aria-hidden />}
              devices={devices.cameras}
              value={choices.cameraId === "" ? DEFAULT_DEVICE : choices.cameraId}
              onChange={(id) => onChange({ cameraId: id === DEFAULT_DEVICE ? "" : id })}
            />
          )}
        </Field>
      )}
      <Field label="Microphone">
        {(control) => (
          <DeviceSelect
            control={control}
            icon={needs.microphone ? <Mic aria-hidden /> : <MicOff aria-hidden />}
            devices={devices.microphones}
            canBeNone={choices.source !== "microphone"}
            value={needs.microphone ? choices.microphoneId || DEFAULT_DEVICE : NO_DEVICE}
            onChange={(id) =>
              onChange({
                withMicrophone: id !== NO_DEVICE,
                ...(id === NO_DEVICE ? {} : { microphoneId: id === DEFAULT_DEVICE ? "" : id }),
              })
            }
          />
        )}
      </Field>
      {needs.screen && (
        <Line label="Sound of what you share" hint="Tabs have it everywhere, screens on Windows and macOS.">
          {(control) => (
            <Switch
              {...control}
              checked={choices.withSystemSound}
              onCheckedChange={(withSystemSound) => onChange({ withSystemSound })}
            />
          )}
        </Line>
      )}
      <div className="flex flex-wrap gap-x-6 gap-y-5">
        <Named label="Countdown">
          <Segmented
            label="Countdown"
            value={String(choices.countdownS)}
            onValueChange={(value) => {
              const countdownS = COUNTDOWNS_S.find((each) => String(each) === value);
              if (countdownS !== undefined) onChange({ countdownS });
            }}
            options={COUNTDOWNS_S.map((seconds) => ({
              value: String(seconds),
              label: seconds === 0 ? "Off" : `${seconds}\u00a0s`,
            }))}
          />
        </Named>
        {needs.camera && (
          <Named label="Camera picture">
            <Segmented
              label="Camera picture"
              value={String(choices.cameraHeightPx)}
              onValueChange={(value) => {
                const cameraHeightPx = CAMERA_HEIGHTS_PX.find((each) => String(each) === value);
                if (cameraHeightPx !== undefined) onChange({ cameraHeightPx });
              }}
              options={CAMERA_HEIGHTS_PX.map((px) => ({ value: String(px), label: `${px}p` }))}
            />
          </Named>
        )}
      </div>
    </div>
  );
}

interface DeviceSelectProps {
  control: FieldControl;
  icon: ReactNode;
  devices: readonly Device[];
  value: string;
  canBeNone?: boolean;
  onChange: (id: string) => void;
}

function DeviceSelect({ control, icon, devices, value, canBeNone = false, onChange }: DeviceSelectProps) {
  const options = [
    { value: DEFAULT_DEVICE, label: "System default" },
    ...devices.map(({ id, label }) => ({ value: id, label })),
    ...(canBeNone ? [{ value: NO_DEVICE, label: "None" }] : []),
  ];
  // A device that is not plugged in now keeps being the choice; meanwhile the browser takes the default.
  const isThere = options.some((option) => option.value === value);
  return (
    <Select
      {...control}
      icon={icon}
      value={isThere ? value : DEFAULT_DEVICE}
      onValueChange={onChange}
      options={options}
    />
  );
}

interface LineProps {
  label: string;
  hint: string;
  children: (control: { id: string; "aria-describedby": string }) => ReactNode;
}

/** A switch beside its label. */
function Line({ label, hint, children }: LineProps) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <div className="min-w-0">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        <p id={`${id}-hint`} className="mt-0.5 text-[13px] leading-5 text-muted">
          {hint}
        </p>
      </div>
      {children({ id, "aria-describedby": `${id}-hint` })}
    </div>
  );
}

/** A label for the eye; the group inside has its own for assistive technology. */
function Named({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-1.5">
      <span aria-hidden className="text-sm font-medium">
        {label}
      </span>
      {children}
    </div>
  );
}
