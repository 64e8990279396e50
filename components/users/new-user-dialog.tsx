"use client";
/** Makes an account for somebody, with a first password to hand over. */
import { useState } from "react";
import { PasswordInput } from "@/components/access/password-input";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { ROLE_OPTIONS } from "@/components/users/role-options";
import { api } from "@/lib/client/api";
import type { UserResource } from "@/lib/protocol/accounts";

interface NewUserDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: () => void;
}

export function NewUserDialog({ open, onOpenChange, onMade }: NewUserDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Add a user"
      description="With an invitation link they choose their password themselves; this is for when you want to."
    >
      <NewUserForm onClose={() => onOpenChange(false)} onMade={onMade} />
    </Dialog>
  );
}

function NewUserForm({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [role, setRole] = useState("member");

  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    const user = await api.post<UserResource>("/users", {
      name: text("name"),
      email: text("email"),
      password: text("password"),
      role,
    });
    onMade();
    onClose();
    toast.success(`${user.name} can sign in now.`);
  });

  return (
    <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <Field label="Name">
        {(control) => <Input {...control} name="name" required maxLength={100} autoComplete="off" />}
      </Field>
      <Field label="Email">
        {(control) => <Input {...control} name="email" type="email" required autoComplete="off" />}
      </Field>
      <Field label="Password" hint="At least 10 characters.">
        {(control) => (
          <PasswordInput
            {...control}
            name="password"
            required
            minLength={10}
            maxLength={200}
            autoComplete="new-password"
          />
        )}
      </Field>
      <Field label="Role">
        {(control) => <Select {...control} value={role} onValueChange={setRole} options={ROLE_OPTIONS} />}
      </Field>
      <DialogActions>
        <Button look="outline" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" busy={isBusy}>
          Add the user
        </Button>
      </DialogActions>
    </form>
  );
}
