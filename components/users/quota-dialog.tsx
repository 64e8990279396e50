"use client";
/** How much a user may keep. */
import { useState } from "react";
import { formatBytes } from "@/components/format/bytes";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useSubmit } from "@/components/ui/use-submit";
import type { ChangeUserRequest, UserResource } from "@/lib/protocol/accounts";

const GB = 1_000_000_000;

type Choice = "default" | "unlimited" | "own";

interface QuotaDialogProps {
  /** null: the dialog is closed. */
  user: UserResource | null;
  /** 0: no limit. */
  defaultQuotaBytes: number;
  onClose: () => void;
  onSet: (user: UserResource, request: ChangeUserRequest) => Promise<void>;
}

export function QuotaDialog({ user, onClose, ...rest }: QuotaDialogProps) {
  return (
    <Dialog
      open={user !== null}
      onOpenChange={(open) => !open && onClose()}
      title={`How much may ${user?.name} keep?`}
      description="When it is reached no new recording starts; what is running goes on."
    >
      {user !== null && <QuotaForm key={user.id} user={user} onClose={onClose} {...rest} />}
    </Dialog>
  );
}

function QuotaForm({ user, defaultQuotaBytes, onClose, onSet }: QuotaDialogProps & { user: UserResource }) {
  const [choice, setChoice] = useState<Choice>(choiceOf(user.quotaBytes));
  // What goes wrong is told by who sets it.
  const { onSubmit, isBusy } = useSubmit(async (text) => {
    const quotaBytes = { default: null, unlimited: 0, own: Math.round(Number(text("gigabytes")) * GB) }[choice];
    await onSet(user, { quotaBytes });
    onClose();
  });

  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      <Field label="Quota">
        {(control) => (
          <Select
            {...control}
            value={choice}
            onValueChange={(value) => setChoice(value as Choice)}
            options={[
              {
                value: "default",
                label: `As installed (${defaultQuotaBytes === 0 ? "no limit" : formatBytes(defaultQuotaBytes)})`,
              },
              { value: "unlimited", label: "No limit" },
              { value: "own", label: "A limit of their own" },
            ]}
          />
        )}
      </Field>
      {choice === "own" && (
        <Field label="Gigabytes" hint={`${formatBytes(user.usedBytes)} are used now.`}>
          {(control) => (
            <Input
              {...control}
              name="gigabytes"
              type="number"
              inputMode="decimal"
              required
              min={0.1}
              max={1_000_000}
              step="any"
              defaultValue={user.quotaBytes ? user.quotaBytes / GB : 10}
            />
          )}
        </Field>
      )}
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

function choiceOf(quotaBytes: number | null): Choice {
  if (quotaBytes === null) return "default";
  return quotaBytes === 0 ? "unlimited" : "own";
}
