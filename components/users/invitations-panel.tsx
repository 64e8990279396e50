"use client";
/** Links with which others make their own account. */
import { Link2, Plus } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useNow } from "@/components/ui/now";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { RelativeTime } from "@/components/ui/relative-time";
import { Select } from "@/components/ui/select";
import { toastProblem } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { ROLE_OPTIONS } from "@/components/users/role-options";
import { api } from "@/lib/client/api";
import type { InvitationResource } from "@/lib/protocol/accounts";

const VALIDITIES = [
  { value: "24", label: "1 day" },
  { value: "72", label: "3 days" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
];

export function InvitationsPanel({ initial }: { initial: InvitationResource[] }) {
  const { data: invitations = initial, mutate } = useSWR<InvitationResource[]>("/invitations", {
    fallbackData: initial,
  });
  const [isInviting, setIsInviting] = useState(false);

  async function withdraw({ id }: InvitationResource) {
    try {
      await api.delete(`/invitations/${id}`);
      await mutate();
    } catch (error) {
      toastProblem(error);
    }
  }

  return (
    <Panel
      title="Invitations"
      description="Whoever has the link can make one account with it."
      actions={
        <Button look="outline" size="sm" onClick={() => setIsInviting(true)}>
          <Plus aria-hidden />
          Invite
        </Button>
      }
    >
      {invitations.length === 0 ? (
        <p className="text-sm text-muted">There are none.</p>
      ) : (
        <ul className="-my-2 divide-y">
          {invitations.map((invitation) => (
            <li key={invitation.id} className="flex items-center gap-3 py-2.5">
              <Link2 aria-hidden className="size-4 shrink-0 text-faint" />
              <div className="min-w-0 flex-1">
                <p className="flex flex-wrap items-center gap-2 text-sm">
                  <span className="min-w-0 truncate font-medium">{invitation.email ?? "Anyone with the link"}</span>
                  {invitation.role === "admin" && <Badge>Administrator</Badge>}
                </p>
                <p className="text-[13px] text-muted">
                  <InvitationState invitation={invitation} />
                </p>
              </div>
              <Button look="dangerGhost" size="sm" onClick={() => void withdraw(invitation)}>
                {invitation.usedAt === null ? "Withdraw" : "Remove"}
                <span className="sr-only"> the invitation for {invitation.email ?? "anyone with the link"}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <InviteDialog open={isInviting} onOpenChange={setIsInviting} onMade={() => void mutate()} />
    </Panel>
  );
}

function InvitationState({ invitation: { usedAt, expiresAt } }: { invitation: InvitationResource }) {
  const now = useNow("minutes");
  if (usedAt !== null) {
    return (
      <>
        Used <RelativeTime at={usedAt} />
      </>
    );
  }
  const isOver = now !== null && Date.parse(expiresAt) < now;
  return (
    <>
      {isOver ? "Expired " : "Expires "}
      <RelativeTime at={expiresAt} />
    </>
  );
}

interface InviteDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: () => void;
}

function InviteDialog({ open, onOpenChange, onMade }: InviteDialogProps) {
  const [link, setLink] = useState<string | null>(null);
  const [role, setRole] = useState("member");
  const [validHours, setValidHours] = useState("72");

  const { onSubmit, isBusy, problem, forgetProblem } = useSubmit(async (text) => {
    const email = text("email").trim();
    const { path } = await api.post<InvitationResource & { path: string }>("/invitations", {
      ...(email === "" ? {} : { email }),
      role,
      validHours: Number(validHours),
    });
    setLink(window.location.origin + path);
    onMade();
  });

  function change(next: boolean) {
    onOpenChange(next);
    if (next) return;
    setLink(null);
    forgetProblem();
  }

  if (link !== null) {
    return (
      <Dialog
        open={open}
        onOpenChange={change}
        title="Send this link"
        description="It is shown this once. It makes one account and then no longer works."
      >
        <CopyField label="Invitation link" text={link} />
        <DialogActions>
          <Button onClick={() => change(false)}>Done</Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open={open} onOpenChange={change} title="Invite somebody">
      <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
        {problem !== null && <Problem what={problem} />}
        <Field label="Email" hint="Then the link works for this address only. Leave it empty for any.">
          {(control) => <Input {...control} name="email" type="email" autoComplete="off" />}
        </Field>
        <Field label="Role">
          {(control) => <Select {...control} value={role} onValueChange={setRole} options={ROLE_OPTIONS} />}
        </Field>
        <Field label="Works for">
          {(control) => <Select {...control} value={validHours} onValueChange={setValidHours} options={VALIDITIES} />}
        </Field>
        <DialogActions>
          <Button look="outline" onClick={() => change(false)}>
            Cancel
          </Button>
          <Button type="submit" busy={isBusy}>
            Make the link
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
