"use client";
/** The links to a recording: which there are, making another, revoking. */
import { Plus } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { NewShareForm } from "@/components/sharing/new-share-form";
import { ShareList } from "@/components/sharing/share-list";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Problem } from "@/components/ui/problem";
import { Skeleton } from "@/components/ui/skeleton";
import { toast, toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { CreatedShare, ShareResource } from "@/lib/protocol/shares";

interface ShareDialogProps {
  recordingId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function ShareDialog({ recordingId, open, onOpenChange }: ShareDialogProps) {
  const path = `/recordings/${recordingId}/shares`;
  const { data: shares, error, mutate } = useSWR<ShareResource[], unknown>(open ? path : null);
  const [isMaking, setIsMaking] = useState(false);
  const [made, setMade] = useState<CreatedShare | null>(null);
  const [revoking, setRevoking] = useState<ShareResource | null>(null);

  function change(next: boolean) {
    onOpenChange(next);
    if (next) return;
    setIsMaking(false);
    setMade(null);
  }

  async function revoke({ id }: ShareResource) {
    try {
      await api.delete(`${path}/${id}`);
      await mutate();
      toast.success("The link no longer works.");
    } catch (problem) {
      toastProblem(problem);
      throw problem;
    }
  }

  if (made !== null) {
    return (
      <Dialog
        open={open}
        onOpenChange={change}
        title="Send this link"
        description={
          made.hasPassword
            ? "It is shown this once. Tell the password by another way than the link."
            : "It is shown this once. Whoever has it can watch the recording."
        }
      >
        <CopyField label="Share link" text={window.location.origin + made.path} />
        <DialogActions>
          <Button onClick={() => setMade(null)}>Done</Button>
        </DialogActions>
      </Dialog>
    );
  }
  if (isMaking) {
    return (
      <Dialog open={open} onOpenChange={change} title="New link">
        <NewShareForm
          path={path}
          onCancel={() => setIsMaking(false)}
          onMade={(share) => {
            setIsMaking(false);
            setMade(share);
            void mutate();
          }}
        />
      </Dialog>
    );
  }
  return (
    <>
      <Dialog
        open={open}
        onOpenChange={change}
        title="Share"
        description="A link shows this one recording, also while it is being recorded, to people without an account."
      >
        {error !== undefined && <Problem what={error} className="mb-4" />}
        {shares === undefined && error === undefined && <Skeleton className="h-16" />}
        {shares?.length === 0 && <p className="text-sm text-muted">Nobody else can see it: there are no links.</p>}
        {shares !== undefined && shares.length > 0 && <ShareList shares={shares} onRevoke={setRevoking} />}
        <DialogActions>
          <Button onClick={() => setIsMaking(true)}>
            <Plus aria-hidden />
            New link
          </Button>
        </DialogActions>
      </Dialog>
      <ConfirmDialog
        open={revoking !== null}
        onOpenChange={(next) => !next && setRevoking(null)}
        title="Revoke this link?"
        description="It stops working at once, also for those who are watching. This cannot be undone."
        confirmLabel="Revoke"
        onConfirm={async () => {
          if (revoking !== null) await revoke(revoking);
        }}
      />
    </>
  );
}
