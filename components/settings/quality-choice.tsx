"use client";
/** Quality and cost in two choices: what is mostly recorded, and how large it may become. Each sets several settings. */
import { Segmented } from "@/components/ui/segmented";
import {
  type CompileSettings,
  type FileSize,
  PURPOSE_SETTINGS,
  PURPOSES,
  type Purpose,
  purposeOf,
  SIZES,
} from "@/lib/domain/compile-settings";

const PURPOSE_WORDS: Record<Purpose, string> = { talk: "Talking", screen: "A screen", motion: "Motion" };
const SIZE_WORDS: Record<FileSize, string> = { small: "Small", balanced: "Balanced", best: "Best" };

interface QualityChoiceProps {
  settings: CompileSettings;
  onChange: (change: Partial<CompileSettings>) => void;
}

export function QualityChoice({ settings, onChange }: QualityChoiceProps) {
  const chosen = purposeOf(settings);
  function choose(purpose: Purpose, size: FileSize) {
    onChange(PURPOSE_SETTINGS[purpose][size]);
  }
  return (
    <>
      <div>
        <p className="mb-1.5 text-sm font-medium">Mostly recorded</p>
        <Segmented<Purpose | "">
          label="Mostly recorded"
          value={chosen?.purpose ?? ""}
          onValueChange={(purpose) => purpose !== "" && choose(purpose, chosen?.size ?? "balanced")}
          options={PURPOSES.map((value) => ({ value, label: PURPOSE_WORDS[value] }))}
          className="flex w-full"
        />
      </div>
      <div>
        <p className="mb-1.5 text-sm font-medium">File</p>
        <Segmented<FileSize | "">
          label="File"
          value={chosen?.size ?? ""}
          onValueChange={(size) => size !== "" && choose(chosen?.purpose ?? "talk", size)}
          options={SIZES.map((value) => ({ value, label: SIZE_WORDS[value] }))}
          className="flex w-full"
        />
      </div>
      <p className="-mt-2 text-[13px] text-muted sm:col-span-2">
        {chosen === null
          ? "You have set quality, speed, sound or key frames one by one."
          : `Sets quality, speed and sound, and a key frame every ${settings.keyFrameSeconds} seconds to jump to.`}
      </p>
    </>
  );
}
