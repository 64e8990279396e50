"use client";
/** Name, address and password of a new account; signs in when it is made. */
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { PasswordInput } from "@/components/access/password-input";
import { startSession } from "@/components/access/sign-in-session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { api } from "@/lib/client/api";

interface NewAccountFormProps {
  /** API path that makes the account. */
  path: "/setup" | "/invitations/accept";
  /** Secret of an invitation. */
  token?: string;
  /** The only address an invitation is for. */
  email?: string | null;
  submitLabel: string;
}

/** As lib/protocol/accounts has it; the server checks again. */
const MIN_PASSWORD_LENGTH = 10;

export function NewAccountForm({ path, token, email, submitLabel }: NewAccountFormProps) {
  const router = useRouter();
  const [problem, setProblem] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name));
    setIsBusy(true);
    setProblem(null);
    try {
      await api.post(path, {
        ...(token === undefined ? {} : { token }),
        name: text("name"),
        email: text("email"),
        password: text("password"),
      });
      await startSession(text("email"), text("password"));
      router.replace("/");
      router.refresh();
    } catch (error) {
      setProblem(error);
      setIsBusy(false);
    }
  }

  return (
    <form method="post" onSubmit={submit} className="mt-6 flex flex-col gap-4">
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
