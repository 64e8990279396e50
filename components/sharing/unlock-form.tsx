"use client";
/** Asks for the password of a share link. */
import { useRouter } from "next/navigation";
import { PasswordInput } from "@/components/access/password-input";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";

export function UnlockForm({ token }: { token: string }) {
  const router = useRouter();
  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    await api.post("/shared/unlock", { share: token, password: text("password") });
    router.refresh();
  });
  return (
    <div className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center px-4 py-10">
      <h1 className="text-2xl font-semibold tracking-[-0.022em]">This recording has a password</h1>
      <p className="mt-2 text-sm leading-6 text-muted">Whoever sent you the link can tell you.</p>
      <form method="post" onSubmit={onSubmit} className="mt-6 flex flex-col gap-4">
        {problem !== null && <Problem what={problem} />}
        <Field label="Password">
          {(control) => <PasswordInput {...control} name="password" autoComplete="off" required autoFocus />}
        </Field>
        <Button type="submit" size="lg" busy={isBusy}>
          Open
        </Button>
      </form>
    </div>
  );
}
