"use client";
/** A label, its control, what it means and what is wrong with it, tied together for assistive technology. */
import { type ReactNode, useId } from "react";
import { cn } from "@/components/ui/class-names";

/** What the control has to carry. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong, as a sentence. */
  problem?: string | undefined;
  className?: string;
  children: (control: FieldControl) => ReactNode;
}

export function Field({ label, hint, problem, className, children }: FieldProps) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ") || undefined;
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="text-sm font-medium text-ink">
        {label}
      </label>
      {children({ id, "aria-describedby": describedBy, "aria-invalid": problem ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-[13px] leading-5 text-muted">
          {hint}
        </p>
      )}
      {problem && (
        <p id={`${id}-problem`} role="alert" className="text-[13px] leading-5 text-tape-ink">
          {problem}
        </p>
      )}
    </div>
  );
}
