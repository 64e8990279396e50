"use client";
/** Adds a webhook, and shows its secret this once. */
import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CopyField } from "@/components/ui/copy-field";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import { WEBHOOK_EVENTS, type WebhookEvent } from "@/lib/domain/webhook-events";
import type { CreatedWebhook } from "@/lib/protocol/webhooks";

const EVENT_WORDS: Record<WebhookEvent, string> = {
  "recording.started": "A recording starts",
  "recording.stopped": "A recording stops",
  "recording.ready": "A recording is ready",
  "recording.failed": "A recording could not be compiled",
  "recording.gap": "Something is missing of a recording that is ready",
  "storage.low": "There is little room on the server's disk (administrators)",
};

interface NewWebhookDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: () => void;
}

export function NewWebhookDialog({ open, onOpenChange, onMade }: NewWebhookDialogProps) {
  const [made, setMade] = useState<string | null>(null);
  const [events, setEvents] = useState<readonly WebhookEvent[]>(WEBHOOK_EVENTS);
  const id = useId();
  const { onSubmit, isBusy, problem, forgetProblem } = useSubmit(async (text) => {
    const { secret } = await api.post<CreatedWebhook>("/webhooks", { url: text("url"), events });
    setMade(secret);
    onMade();
  });

  function change(next: boolean) {
    onOpenChange(next);
    if (next) return;
    setMade(null);
    setEvents(WEBHOOK_EVENTS);
    forgetProblem();
  }

  if (made !== null) {
    return (
      <Dialog
        open={open}
        onOpenChange={change}
        title="Copy the webhook's secret"
        description="What is sent is signed with it. It is shown this once and cannot be had again."
      >
        <CopyField label="Secret" text={made} />
        <DialogActions>
          <Button onClick={() => change(false)}>I have it</Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open={open} onOpenChange={change} title="New webhook">
      <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
        {problem !== null && <Problem what={problem} />}
        <Field label="Address" hint="It gets a POST with JSON for each event.">
          {(control) => (
            <Input
              {...control}
              name="url"
              type="url"
              required
              maxLength={2000}
              placeholder="https://"
              autoComplete="off"
            />
          )}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 text-sm font-medium">When</legend>
          {WEBHOOK_EVENTS.map((event) => (
            <label key={event} htmlFor={`${id}-${event}`} className="flex items-center gap-3 text-sm">
              <Checkbox
                id={`${id}-${event}`}
                checked={events.includes(event)}
                onToggle={(checked) =>
                  setEvents(WEBHOOK_EVENTS.filter((each) => (each === event ? checked : events.includes(each))))
                }
              />
              {EVENT_WORDS[event]}
            </label>
          ))}
        </fieldset>
        <DialogActions>
          <Button look="outline" onClick={() => change(false)}>
            Cancel
          </Button>
          <Button type="submit" busy={isBusy} disabled={events.length === 0}>
            Add the webhook
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
