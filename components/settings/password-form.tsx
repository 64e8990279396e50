"use client";
/** A new password. It ends every session, and begins a new one here. */
import { type FormEvent, useState } from "react";
import { PasswordInput } from "@/components/access/password-input";
import { startSession } from "@/components/access/sign-in-session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { toast } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { MeResource } from "@/lib/protocol/accounts";

/** As lib/protocol/accounts has it; the server checks again. */
const MIN_PASSWORD_LENGTH = 10;

export function PasswordForm({ me }: { me: MeResource }) {
  const [problem, setProblem] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [hasPassword, setHasPassword] = useState(me.hasPassword);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const next = String(data.get("next"));
    setIsBusy(true);
    setProblem(null);
    try {
      await api.patch<MeResource>("/me", { password: { current: String(data.get("current") ?? ""), next } });
      await startSession(me.email, next);
      form.reset();
      setHasPassword(true);
      toast.success("Your password was changed. Other devices have to sign in again.");
    } catch (error) {
      setProblem(error);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <form method="post" onSubmit={submit}>
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
