"use client";
/** API tokens: made, shown once, revoked. */
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { RelativeTime } from "@/components/ui/relative-time";
import { toast, toastProblem } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { TokenResource } from "@/lib/protocol/accounts";

export function TokensPanel({ initial }: { initial: TokenResource[] }) {
  const { data: tokens = initial, mutate } = useSWR<TokenResource[]>("/me/tokens", { fallbackData: initial });
  const [isMaking, setIsMaking] = useState(false);
  const [revoking, setRevoking] = useState<TokenResource | null>(null);

  async function revoke(token: TokenResource) {
    try {
      await api.delete(`/me/tokens/${token.id}`);
      await mutate();
      toast.success(`“${token.name}” no longer works.`);
    } catch (error) {
      toastProblem(error);
      throw error;
    }
  }

  return (
    <Panel
      title="API tokens"
      description="For programs that record or fetch in your name. Each can do what you can."
      actions={
        <Button look="outline" size="sm" onClick={() => setIsMaking(true)}>
          <Plus aria-hidden />
          New token
        </Button>
      }
    >
      {tokens.length === 0 ? (
        <p className="text-sm text-muted">There are none.</p>
      ) : (
        <ul className="-my-2 divide-y">
          {tokens.map((token) => (
            <li key={token.id} className="flex items-center gap-3 py-2.5">
              <KeyRound aria-hidden className="size-4 shrink-0 text-faint" />
              <div className="min-w-0 flex-1">
                <p className="truncate text-sm font-medium">{token.name}</p>
                <p className="text-[13px] text-muted">
                  <span className="counter">…{token.hint}</span>
                  {" · made "}
                  <RelativeTime at={token.createdAt} />
                  {" · "}
                  {token.lastUsedAt === null ? (
                    "never used"
                  ) : (
                    <>
                      used <RelativeTime at={token.lastUsedAt} />
                    </>
                  )}
                </p>
              </div>
              <Button look="dangerGhost" size="sm" onClick={() => setRevoking(token)}>
                Revoke<span className="sr-only"> {token.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <NewTokenDialog open={isMaking} onOpenChange={setIsMaking} onMade={() => void mutate()} />
      <ConfirmDialog
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={`Revoke “${revoking?.name}”?`}
        description="Programs that use it are refused from now on. This cannot be undone."
        confirmLabel="Revoke"
        onConfirm={async () => {
          if (revoking !== null) await revoke(revoking);
        }}
      />
    </Panel>
  );
}

interface NewTokenDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: () => void;
}

function NewTokenDialog({ open, onOpenChange, onMade }: NewTokenDialogProps) {
  const [made, setMade] = useState<string | null>(null);

  const { onSubmit, isBusy, problem, forgetProblem } = useSubmit(async (text) => {
    const { token } = await api.post<TokenResource & { token: string }>("/me/tokens", { name: text("name") });
    setMade(token);
    onMade();
  });

  function change(next: boolean) {
    onOpenChange(next);
    if (next) return;
    setMade(null);
    forgetProblem();
  }

  if (made !== null) {
    return (
      <Dialog
        open={open}
        onOpenChange={change}
        title="Copy your new token"
        description="It is shown this once and cannot be had again. Keep it as you keep a password."
      >
        <CopyField label="API token" text={made} />
        <DialogActions>
          <Button onClick={() => change(false)}>I have it</Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open={open} onOpenChange={change} title="New API token">
      <form method="post" onSubmit={onSubmit}>
        {problem !== null && <Problem what={problem} className="mb-4" />}
        <Field label="What is it for?" hint="A name to tell it from others, such as the program that uses it.">
          {(control) => <Input {...control} name="name" required maxLength={100} autoComplete="off" />}
        </Field>
        <DialogActions>
          <Button look="outline" onClick={() => change(false)}>
            Cancel
          </Button>
          <Button type="submit" busy={isBusy}>
            Make the token
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
