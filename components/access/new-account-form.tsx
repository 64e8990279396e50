"use client";
/** Name, address and password of a new account; signs in when it is made. */
import { useRouter } from "next/navigation";
import { PasswordInput } from "@/components/access/password-input";
import { startSession } from "@/components/access/sign-in-session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import { MIN_PASSWORD_LENGTH } from "@/lib/domain/passwords";

interface NewAccountFormProps {
  /** API path that makes the account. */
  path: "/setup" | "/invitations/accept";
  /** Secret of an invitation. */
  token?: string;
  /** The only address an invitation is for. */
  email?: string | null;
  submitLabel: string;
}

export function NewAccountForm({ path, token, email, submitLabel }: NewAccountFormProps) {
  const router = useRouter();
  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    await api.post(path, {
      ...(token === undefined ? {} : { token }),
      name: text("name"),
      email: text("email"),
      password: text("password"),
    });
    await startSession(text("email"), text("password"));
    router.replace("/");
    router.refresh();
  });

  return (
    <form method="post" onSubmit={onSubmit} className="mt-6 flex flex-col gap-4">
      {problem !== null && <Problem what={problem} />}
      <Field label="Name">
        {(control) => <Input {...control} name="name" autoComplete="name" required maxLength={100} autoFocus />}
      </Field>
      <Field label="Email" hint={email ? "The invitation is for this address." : undefined}>
        {(control) => (
          <Input
            {...control}
            name="email"
            type="email"
            autoComplete="username"
            required
            defaultValue={email ?? ""}
            readOnly={Boolean(email)}
          />
        )}
      </Field>
      <Field label="Password" hint={`At least ${MIN_PASSWORD_LENGTH} characters. A few words make a good one.`}>
        {(control) => (
          <PasswordInput
            {...control}
            name="password"
            autoComplete="new-password"
            required
            minLength={MIN_PASSWORD_LENGTH}
            maxLength={200}
          />
        )}
      </Field>
      <Button type="submit" size="lg" busy={isBusy} className="mt-2">
        {submitLabel}
      </Button>
    </form>
  );
}
