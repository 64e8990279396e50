"use client";
/** What to record: one of four. On a phone a row of icons, elsewhere cards. */
import { RadioGroup } from "radix-ui";
import { SOURCE_WORDS } from "@/components/recorder/source-words";
import { type CaptureSource, SOURCES } from "@/lib/client/capture/choices";

interface SourcePickerProps {
  source: CaptureSource;
  onChange: (source: CaptureSource) => void;
}

export function SourcePicker({ source, onChange }: SourcePickerProps) {
  return (
    <RadioGroup.Root
      aria-label="What to record"
      value={source}
      onValueChange={(value) => onChange(value as CaptureSource)}
      className="grid grid-cols-4 gap-2 lg:grid-cols-2"
    >
      {SOURCES.map((each) => {
        const { label, hint, icon: Icon } = SOURCE_WORDS[each];
        return (
          <RadioGroup.Item
            key={each}
            value={each}
            className="group/source flex min-h-16 flex-col items-center justify-start gap-1.5 rounded-lg border bg-surface px-1 py-2.5 text-center shadow-card transition-colors hover:border-control data-[state=checked]:border-ink data-[state=checked]:ring-1 data-[state=checked]:ring-ink lg:items-start lg:px-3 lg:text-left"
          >
            <Icon
              aria-hidden
              strokeWidth={1.8}
              className="size-5 shrink-0 text-muted group-data-[state=checked]/source:text-tape-ink"
            />
            <span className="text-xs leading-4 font-medium text-ink lg:text-sm lg:leading-5">{label}</span>
            <span className="hidden text-xs leading-4 text-muted lg:block">{hint}</span>
          </RadioGroup.Item>
        );
      })}
    </RadioGroup.Root>
  );
}
