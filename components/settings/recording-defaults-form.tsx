"use client";
/** What happens to new recordings: when they are compiled, how, and how long they are kept. */
import { useId, useState } from "react";
import { useSWRConfig } from "swr";
import { codecName } from "@/components/recording/codec-names";
import { readRetention, retentionOptions, retentionValue } from "@/components/recording/retention-options";
import { QualityChoice } from "@/components/settings/quality-choice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { Select, type SelectOption } from "@/components/ui/select";
import { Slider } from "@/components/ui/slider";
import { Switch } from "@/components/ui/switch";
import { toast } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import { type CompileSettings, VIDEO_CODECS, type VideoCodec } from "@/lib/domain/compile-settings";
import type { MeResource } from "@/lib/protocol/accounts";

interface Defaults {
  autoCompile: boolean;
  retentionHours: number | null;
  compileSettings: CompileSettings;
}

interface RecordingDefaultsFormProps {
  initial: Defaults;
  /** What finished files are kept for when the user says nothing; 0: for good. */
  installationRetentionHours: number;
  /** What the workers can encode pictures to. */
  codecs: readonly VideoCodec[];
}

const PRESETS: Record<CompileSettings["preset"], string> = {
  ultrafast: "Ultrafast: largest files",
  superfast: "Superfast",
  veryfast: "Very fast",
  faster: "Faster",
  fast: "Fast",
  medium: "Medium",
  slow: "Slow: smallest files",
};
const AUDIO_KBPS = [64, 96, 128, 160, 192, 256, 320];
const LONGEST_SIDES = [3840, 2560, 1920, 1280, 854];

export function RecordingDefaultsForm({ initial, installationRetentionHours, codecs }: RecordingDefaultsFormProps) {
  const { mutate } = useSWRConfig();
  const [values, setValues] = useState(initial);
  const [saved, setSaved] = useState(initial);
  const autoCompileId = useId();
  const qualityId = useId();
  const { compileSettings } = values;
  const isChanged = JSON.stringify(values) !== JSON.stringify(saved);

  function setCompile(change: Partial<CompileSettings>) {
    setValues({ ...values, compileSettings: { ...compileSettings, ...change } });
  }

  const { onSubmit, isBusy, problem } = useSubmit(async () => {
    void mutate("/me", await api.patch<MeResource>("/me", values), { revalidate: false });
    setSaved(values);
    toast.success("Your defaults were saved.");
  });

  return (
    <form method="post" onSubmit={onSubmit}>
      <Panel
        title="Recordings"
        description="For what you record from now on."
        footer={
          <>
            {isChanged && (
              <Button look="ghost" onClick={() => setValues(saved)}>
                Undo
              </Button>
            )}
            <Button type="submit" busy={isBusy} disabled={!isChanged}>
              Save
            </Button>
          </>
        }
      >
        {problem !== null && <Problem what={problem} className="mb-4" />}
        <div className="flex items-center justify-between gap-4">
          <label htmlFor={autoCompileId} className="text-sm">
            <span className="font-medium">Compile when I press stop</span>
            <span className="block text-[13px] text-muted">
              Otherwise the tracks wait until you press Compile on the recording.
            </span>
          </label>
          <Switch
            id={autoCompileId}
            checked={values.autoCompile}
            onCheckedChange={(autoCompile) => setValues({ ...values, autoCompile })}
          />
        </div>
        <div className="mt-5 grid gap-x-6 gap-y-5 border-t pt-5 sm:grid-cols-2">
          <QualityChoice settings={compileSettings} onChange={setCompile} />
          <div className="sm:col-span-2">
            <p className="flex items-baseline justify-between text-sm">
              <span id={qualityId} className="font-medium">
                Picture quality
              </span>
              <span className="counter text-[13px] text-muted">CRF {compileSettings.crf}</span>
            </p>
            <Slider
              aria-labelledby={qualityId}
              valueText={`CRF ${compileSettings.crf}, ${qualityWords(compileSettings.crf)}`}
              // Lower is better: the slider goes from small to good.
              min={-40}
              max={-14}
              step={1}
              value={-compileSettings.crf}
              onValueChange={(value) => setCompile({ crf: -value })}
            />
            <p aria-hidden className="flex justify-between text-xs text-muted">
              <span>Smaller file</span>
              <span>{qualityWords(compileSettings.crf)}</span>
              <span>Better picture</span>
            </p>
          </div>
          <Field label="Speed" hint="Slower makes smaller files of the same quality.">
            {(control) => (
              <Select
                {...control}
                value={compileSettings.preset}
                onValueChange={(preset) => setCompile({ preset: preset as CompileSettings["preset"] })}
                options={Object.entries(PRESETS).map(([value, label]) => ({ value, label }))}
              />
            )}
          </Field>
          <Field label="Largest picture" hint="Its longer side. What is larger is scaled down.">
            {(control) => (
              <Select
                {...control}
                value={String(compileSettings.longestSidePx)}
                onValueChange={(value) => setCompile({ longestSidePx: Number(value) })}
                options={sideOptions(compileSettings.longestSidePx)}
              />
            )}
          </Field>
          {(codecs.length > 1 || compileSettings.videoCodec !== "h264") && (
            <Field label="Codec" hint="Every player has H.264; the others make smaller files, slowly.">
              {(control) => (
                <Select
                  {...control}
                  value={compileSettings.videoCodec}
                  onValueChange={(codec) => setCompile({ videoCodec: codec as VideoCodec })}
                  options={VIDEO_CODECS.filter(
                    (codec) => codecs.includes(codec) || codec === compileSettings.videoCodec,
                  ).map((codec) => ({ value: codec, label: codecName(codec) }))}
                />
              )}
            </Field>
          )}
          <Field label="Sound">
            {(control) => (
              <Select
                {...control}
                value={String(compileSettings.audioBitrateBps)}
                onValueChange={(value) => setCompile({ audioBitrateBps: Number(value) })}
                options={audioOptions(compileSettings.audioBitrateBps)}
              />
            )}
          </Field>
          <Field label="Keep finished recordings" hint="Pinned ones always stay.">
            {(control) => (
              <Select
                {...control}
                value={retentionValue(values.retentionHours)}
                onValueChange={(value) => setValues({ ...values, retentionHours: readRetention(value) })}
                options={retentionOptions(values.retentionHours, installationRetentionHours, "As installed")}
              />
            )}
          </Field>
        </div>
        <p className="mt-4 text-[13px] text-muted">
          Quality and speed matter only where the picture has to be encoded again. H.264 is copied as it came.
        </p>
      </Panel>
    </form>
  );
}

function qualityWords(crf: number): string {
  if (crf <= 17) return "visually lossless";
  if (crf <= 21) return "very good";
  if (crf <= 25) return "good";
  if (crf <= 30) return "fair";
  return "poor";
}

function sideOptions(current: number): SelectOption[] {
  const sides = [...new Set([...LONGEST_SIDES, current])].filter((side) => side !== 0).sort((a, b) => b - a);
  return [
    { value: "0", label: "As recorded" },
    ...sides.map((side) => ({ value: String(side), label: `${side} pixels` })),
  ];
}

function audioOptions(currentBps: number): SelectOption[] {
  const rates = [...new Set([...AUDIO_KBPS.map((kbps) => kbps * 1000), currentBps])].sort((a, b) => a - b);
  return rates.map((bps) => ({ value: String(bps), label: `AAC, ${bps / 1000} kb/s` }));
}
