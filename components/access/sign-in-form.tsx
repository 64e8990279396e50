"use client";
/** Email and password, or one of the other providers. */
import { useRouter } from "next/navigation";
import { signIn } from "next-auth/react";
import { PasswordInput } from "@/components/access/password-input";
import { signInProblem, startSession } from "@/components/access/sign-in-session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";

interface SignInFormProps {
  /** Path to go to. */
  callbackUrl: string;
  providers: { id: string; name: string }[];
  /** Code of a sign-in with another provider that came back without success. */
  errorCode: string | undefined;
}

export function SignInForm({ callbackUrl, providers, errorCode }: SignInFormProps) {
  const router = useRouter();
  const { onSubmit, isBusy, problem } = useSubmit(
    async (text) => {
      await startSession(text("email"), text("password"));
      router.replace(callbackUrl);
      router.refresh();
    },
    errorCode === undefined ? null : signInProblem(errorCode),
  );

  return (
    <>
      <h1 className="text-2xl font-semibold tracking-[-0.022em]">Sign in</h1>
      <form method="post" onSubmit={onSubmit} className="mt-6 flex flex-col gap-4">
        {problem !== null && <Problem what={problem} />}
        <Field label="Email">
          {(control) => <Input {...control} name="email" type="email" autoComplete="username" required autoFocus />}
        </Field>
        <Field label="Password">
          {(control) => <PasswordInput {...control} name="password" autoComplete="current-password" required />}
        </Field>
        <Button type="submit" size="lg" busy={isBusy} className="mt-2">
          Sign in
        </Button>
      </form>
      {providers.length > 0 && (
        <>
          <p className="my-5 flex items-center gap-3 text-xs text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            or
          </p>
          <div className="flex flex-col gap-2">
            {providers.map(({ id, name }) => (
              <Button key={id} look="outline" size="lg" onClick={() => void signIn(id, { callbackUrl })}>
                Continue with {name}
              </Button>
            ))}
          </div>
        </>
      )}
    </>
  );
}
