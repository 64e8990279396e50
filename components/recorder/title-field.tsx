"use client";
/** The title, before, during and after recording; it is kept while it is typed. */
import type { Ref } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { MAX_TITLE_LENGTH } from "@/lib/domain/names";

interface TitleFieldProps {
  ref: Ref<HTMLInputElement>;
  title: string;
  onChange: (title: string) => void;
  /** The field was left. */
  onDone: () => void;
}

export function TitleField({ ref, title, onChange, onDone }: TitleFieldProps) {
  return (
    <Field label="Title">
      {(control) => (
        <Input
          {...control}
          ref={ref}
          value={title}
          placeholder="Named after the date and time"
          maxLength={MAX_TITLE_LENGTH}
          autoComplete="off"
          onChange={(event) => onChange(event.currentTarget.value)}
          onBlur={onDone}
          onKeyDown={(event) => {
            // Done with the title: back to the page and its shortcuts.
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          }}
        />
      )}
    </Field>
  );
}
