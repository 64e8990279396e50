"use client";
/** Where streams of a key are pushed on to: which addresses there are, adding one, switching it off, removing it. */
import { Plus } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { Skeleton } from "@/components/ui/skeleton";
import { Switch } from "@/components/ui/switch";
import { toastProblem } from "@/components/ui/toast";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { RelayTargetResource } from "@/lib/protocol/relays";
import type { StreamKeyResource } from "@/lib/protocol/streams";

interface RelayDialogProps {
  streamKey: StreamKeyResource;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function RelayDialog({ streamKey, open, onOpenChange }: RelayDialogProps) {
  const path = `/stream-keys/${streamKey.id}/targets`;
  const { data: targets, error, mutate } = useSWR<RelayTargetResource[], unknown>(open ? path : null);
  const [isAdding, setIsAdding] = useState(false);
  const [removing, setRemoving] = useState<RelayTargetResource | null>(null);

  function change(next: boolean) {
    onOpenChange(next);
    if (!next) setIsAdding(false);
  }

  async function attempt(work: () => Promise<unknown>) {
    try {
      await work();
      await mutate();
    } catch (problem) {
      toastProblem(problem);
      throw problem;
    }
  }

  if (isAdding) {
    return (
      <Dialog open={open} onOpenChange={change} title="Push on to another server">
        <NewTargetForm
          path={path}
          onCancel={() => setIsAdding(false)}
          onMade={() => {
            setIsAdding(false);
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
        title={`Push “${streamKey.name}” on`}
        description="What is published with this key goes on to these servers as it comes, beside being recorded here."
      >
        {error !== undefined && <Problem what={error} className="mb-4" />}
        {targets === undefined && error === undefined && <Skeleton className="h-16" />}
        {targets?.length === 0 && <p className="text-sm text-muted">It is pushed on to nobody.</p>}
        {targets !== undefined && targets.length > 0 && (
          <ul className="divide-y">
            {targets.map((target) => (
              <TargetRow
                key={target.id}
                target={target}
                onSwitch={(enabled) =>
                  void attempt(() => api.patch(`${path}/${target.id}`, { enabled })).catch(() => {})
                }
                onRemove={() => setRemoving(target)}
              />
            ))}
          </ul>
        )}
        <DialogActions>
          <Button onClick={() => setIsAdding(true)}>
            <Plus aria-hidden />
            Add a server
          </Button>
        </DialogActions>
      </Dialog>
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={(next) => !next && setRemoving(null)}
        title={`Remove “${removing?.name}”?`}
        description="Nothing more is pushed on to it, and its key is forgotten here."
        confirmLabel="Remove"
        onConfirm={async () => {
          if (removing !== null) await attempt(() => api.delete(`${path}/${removing.id}`));
        }}
      />
    </>
  );
}

interface TargetRowProps {
  target: RelayTargetResource;
  onSwitch: (enabled: boolean) => void;
  onRemove: () => void;
}

function TargetRow({ target, onSwitch, onRemove }: TargetRowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate text-sm font-medium">{target.name}</p>
        <p className="counter text-[13px] break-all text-muted">{target.server}/…</p>
      </div>
      <Switch aria-label={`Push on to ${target.name}`} checked={target.enabled} onCheckedChange={onSwitch} />
      <Button look="dangerGhost" size="sm" onClick={onRemove}>
        Remove<span className="sr-only"> {target.name}</span>
      </Button>
    </li>
  );
}

interface NewTargetFormProps {
  path: string;
  onMade: () => void;
  onCancel: () => void;
}

function NewTargetForm({ path, onMade, onCancel }: NewTargetFormProps) {
  const { onSubmit, isBusy, problem } = useSubmit(async (text) => {
    await api.post(path, { name: text("name"), server: text("server"), key: text("key") });
    onMade();
  });
  return (
    <form method="post" onSubmit={onSubmit}>
      {problem !== null && <Problem what={problem} className="mb-4" />}
      <div className="flex flex-col gap-4">
        <Field label="Name">
          {(control) => <Input {...control} name="name" required maxLength={80} autoComplete="off" />}
        </Field>
        <Field label="Server" hint="As the other service gives it for OBS: rtmp:// or rtmps://, without the key.">
          {(control) => (
            <Input
              {...control}
              name="server"
              required
              maxLength={500}
              placeholder="rtmps://live.example.org/app"
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
        <Field label="Stream key" hint="The one over there. It is kept encrypted, and never shown again.">
          {(control) => (
            <Input {...control} name="key" type="password" required maxLength={500} autoComplete="new-password" />
          )}
        </Field>
      </div>
      <DialogActions>
        <Button look="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" busy={isBusy}>
          Add
        </Button>
      </DialogActions>
    </form>
  );
}
