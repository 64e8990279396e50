"use client";
/** How long the recording is kept, and keeping it longer. */
import { readRetention, retentionOptions, retentionValue } from "@/components/recording/retention-options";
import type { RecordingActions } from "@/components/recording/use-recording-actions";
import { ExactTime } from "@/components/ui/exact-time";
import { Field } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { RelativeTime } from "@/components/ui/relative-time";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import type { RecordingResource } from "@/lib/protocol/recordings";

/** What holds for recordings that say nothing themselves; 0: never removed. */
export interface RetentionDefaults {
  rawHours: number;
  readyHours: number;
}

interface RetentionPanelProps {
  recording: RecordingResource;
  defaults: RetentionDefaults;
  onChange: RecordingActions["change"];
}

export function RetentionPanel({ recording, defaults, onChange }: RetentionPanelProps) {
  const { id, pinned, retentionHours, state } = recording;
  const isUnfinished = state === "stopped" || state === "failed";
  return (
    <Panel title="Keeping">
      <p className="text-sm leading-6">
        <RetentionWords recording={recording} />
      </p>
      <div className="mt-4 space-y-4">
        <Field label="Keep it">
          {(control) => (
            <Select
              {...control}
              value={retentionValue(retentionHours)}
              onValueChange={(value) => void onChange(id, { retentionHours: readRetention(value) }).catch(() => {})}
              options={
                isUnfinished
                  ? retentionOptions(retentionHours, defaults.rawHours, "As installed")
                  : retentionOptions(retentionHours, defaults.readyHours, "My setting")
              }
              disabled={pinned}
            />
          )}
        </Field>
        <label htmlFor={`pin-${id}`} className="flex items-center justify-between gap-4 text-sm">
          <span>
            <span className="font-medium">Pinned</span>
            <span className="block text-[13px] text-muted">Never removed by itself, whatever the setting.</span>
          </span>
          <Switch
            id={`pin-${id}`}
            checked={pinned}
            onCheckedChange={(next) => void onChange(id, { pinned: next }).catch(() => {})}
          />
        </label>
      </div>
    </Panel>
  );
}

function RetentionWords({ recording }: { recording: RecordingResource }) {
  const { pinned, expiresAt, state } = recording;
  if (pinned) return <>It stays until you unpin or delete it.</>;
  if (state === "recording" || state === "compiling") return <>Nothing is removed while it is being made.</>;
  if (expiresAt === null) return <>It stays until you delete it.</>;
  return (
    <>
      It goes on <ExactTime at={expiresAt} className="font-medium" />
      <span className="text-muted">
        {" "}
        (<RelativeTime at={expiresAt} />)
      </span>
      .
    </>
  );
}
