"use client";
/** Makes a stream key, and shows it this once with what to do with it. */
import { Button } from "@/components/ui/button";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { CreatedStreamKey } from "@/lib/protocol/streams";

interface NewKeyDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: (made: CreatedStreamKey) => void;
}

export function NewKeyDialog({ open, onOpenChange, onMade }: NewKeyDialogProps) {
  const { onSubmit, isBusy, problem, forgetProblem } = useSubmit(async (text) => {
    const expires = text("expires");
    onMade(
      await api.post<CreatedStreamKey>("/stream-keys", {
        name: text("name"),
        app: text("app"),
        // Until the end of that day, where the user is.
        expiresAt: expires === "" ? null : new Date(`${expires}T23:59:59`).toISOString(),
      }),
    );
  });

  function change(next: boolean) {
    onOpenChange(next);
    if (!next) forgetProblem();
  }

  return (
    <Dialog open={open} onOpenChange={change} title="New stream key">
      <form method="post" onSubmit={onSubmit}>
        {problem !== null && <Problem what={problem} className="mb-4" />}
        <div className="flex flex-col gap-4">
          <Field label="Name" hint="Its recordings and files are named after it.">
            {(control) => <Input {...control} name="name" required maxLength={80} autoComplete="off" />}
          </Field>
          <Field label="App" hint="The first part of the address encoders publish to. Usually left as it is.">
            {(control) => (
              <Input
                {...control}
                name="app"
                required
                defaultValue="live"
                pattern="[A-Za-z0-9_\-]{1,64}"
                autoComplete="off"
              />
            )}
          </Field>
          <Field label="Works until" hint="Left empty: until it is revoked.">
            {(control) => <Input {...control} name="expires" type="date" />}
          </Field>
        </div>
        <DialogActions>
          <Button look="outline" onClick={() => change(false)}>
            Cancel
          </Button>
          <Button type="submit" busy={isBusy}>
            Make the key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function ShownKeyDialog({ made, onDone }: { made: CreatedStreamKey | null; onDone: () => void }) {
  return (
    <Dialog
      open={made !== null}
      onOpenChange={(open) => !open && onDone()}
      title="Copy your stream key"
      description="It is shown this once and cannot be had again. Keep it as you keep a password."
    >
      {made !== null && (
        <div className="flex flex-col gap-4 text-sm">
          <div className="flex flex-col gap-1.5">
            <p className="font-medium">Server</p>
            <CopyField label="Server" text={made.server} />
          </div>
          <div className="flex flex-col gap-1.5">
            <p className="font-medium">Stream key</p>
            <CopyField label="Stream key" text={made.key} />
          </div>
          <ol className="list-decimal space-y-1 pl-5 text-[13px] leading-5 text-muted">
            <li>In OBS, open Settings, Stream, and choose “Custom…” as the service.</li>
            <li>Paste the server and the stream key, and leave authentication off.</li>
            <li>Start streaming: it appears here, and is recorded when the key says so.</li>
          </ol>
          <div className="flex flex-col gap-1.5">
            <p className="font-medium">For encoders that take one address</p>
            <CopyField label="Whole address" text={`${made.server}/${made.key}`} />
          </div>
        </div>
      )}
      <DialogActions>
        <Button onClick={onDone}>I have it</Button>
      </DialogActions>
    </Dialog>
  );
}
