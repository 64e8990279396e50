"use client";
/** A new password. It ends every session, and begins a new one here. */
import { useState } from "react";
import { PasswordInput } from "@/components/access/password-input";
import { startSession } from "@/components/access/sign-in-session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { toast } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import { MIN_PASSWORD_LENGTH } from "@/lib/domain/passwords";
import type { MeResource } from "@/lib/protocol/accounts";

export function PasswordForm({ me }: { me: MeResource }) {
  const [hasPassword, setHasPassword] = useState(me.hasPassword);

  const { onSubmit, isBusy, problem } = useSubmit(async (text, form) => {
    const next = text("next");
    await api.patch<MeResource>("/me", { password: { current: text("current"), next } });
    await startSession(me.email, next);
    form.reset();
    setHasPassword(true);
    toast.success("Your password was changed. Other devices have to sign in again.");
  });

  return (
    <form method="post" onSubmit={onSubmit}>
      <Panel
        title="Password"
        description="Changing it signs you out everywhere else."
        footer={
          <Button type="submit" busy={isBusy}>
            {hasPassword ? "Change the password" : "Set a password"}
          </Button>
        }
      >
        {problem !== null && <Problem what={problem} className="mb-4" />}
        {/* For password managers: whose password it is. */}
        <input type="text" autoComplete="username" value={me.email} readOnly hidden />
        <div className="grid gap-4 sm:grid-cols-2">
          {hasPassword && (
            <Field label="Current password">
              {(control) => <PasswordInput {...control} name="current" autoComplete="current-password" required />}
            </Field>
          )}
          <Field label="New password" hint={`At least ${MIN_PASSWORD_LENGTH} characters.`}>
            {(control) => (
              <PasswordInput
                {...control}
                name="next"
                autoComplete="new-password"
                required
                minLength={MIN_PASSWORD_LENGTH}
                maxLength={200}
              />
            )}
          </Field>
        </div>
      </Panel>
    </form>
  );
}
