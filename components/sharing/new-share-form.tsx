"use client";
/** What a new link is to allow, and for how long. */
import { useId, useState } from "react";
import { PasswordInput } from "@/components/access/password-input";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import { MIN_SHARE_PASSWORD_LENGTH } from "@/lib/domain/passwords";
import type { CreatedShare } from "@/lib/protocol/shares";

const FOR_GOOD = "0";
const VALIDITIES = [
  { value: "24", label: "1 day" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
  { value: FOR_GOOD, label: "Until it is revoked" },
];

interface NewShareFormProps {
  /** Of the API, below `/api/v1`. */
  path: string;
  onMade: (share: CreatedShare) => void;
  onCancel: () => void;
}

export function NewShareForm({ path, onMade, onCancel }: NewShareFormProps) {
  const [validHours, setValidHours] = useState("168");
  const [mayDownload, setMayDownload] = useState(false);
  const downloadId = useId();

  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    const password = text("password");
    onMade(
      await api.post<CreatedShare>(path, {
        name: text("name"),
        ...(password === "" ? {} : { password }),
        validHours: validHours === FOR_GOOD ? null : Number(validHours),
        mayDownload,
      }),
    );
  });

  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <Field label="Whom is it for?" hint="Only you see this, to tell links apart.">
        {(control) => <Input {...control} name="name" maxLength={100} autoComplete="off" />}
      </Field>
      <Field label="Works for">
        {(control) => <Select {...control} value={validHours} onValueChange={setValidHours} options={VALIDITIES} />}
      </Field>
      <Field
        label="Password"
        hint={`At least ${MIN_SHARE_PASSWORD_LENGTH} characters. Leave it empty if the link alone is enough.`}
      >
        {(control) => (
          <PasswordInput
            {...control}
            name="password"
            autoComplete="new-password"
            minLength={MIN_SHARE_PASSWORD_LENGTH}
            maxLength={200}
          />
        )}
      </Field>
      <div className="flex items-center gap-4">
        <label htmlFor={downloadId} className="min-w-0 flex-1 text-sm font-medium">
          Allow downloading
        </label>
        <Switch id={downloadId} checked={mayDownload} onCheckedChange={setMayDownload} />
      </div>
      <DialogActions>
        <Button look="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" busy={isBusy}>
          Make the link
        </Button>
      </DialogActions>
    </form>
  );
}
