"use client";
/** Webhooks: added with the secret shown once, tried, looked into, removed. */
import { Plus, Webhook } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { NewWebhookDialog } from "@/components/settings/new-webhook-dialog";
import { WebhookLogDialog } from "@/components/settings/webhook-log-dialog";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Panel } from "@/components/ui/panel";
import { toast, toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { WebhookResource } from "@/lib/protocol/webhooks";

export function WebhooksPanel({ initial }: { initial: WebhookResource[] }) {
  const { data: webhooks = initial, mutate } = useSWR<WebhookResource[]>("/webhooks", { fallbackData: initial });
  const [isMaking, setIsMaking] = useState(false);
  const [removing, setRemoving] = useState<WebhookResource | null>(null);
  const [shown, setShown] = useState<WebhookResource | null>(null);

  async function attempt(work: () => Promise<unknown>, done: string) {
    try {
      await work();
      await mutate();
      toast.success(done);
    } catch (error) {
      toastProblem(error);
      throw error;
    }
  }

  async function test(webhook: WebhookResource) {
    await attempt(() => api.post(`/webhooks/${webhook.id}/test`), "It is on its way.").catch(() => {});
    setShown(webhook);
  }

  return (
    <Panel
      title="Webhooks"
      description="Addresses that are told when a recording starts, stops, is ready or has failed."
      actions={
        <Button look="outline" size="sm" onClick={() => setIsMaking(true)}>
          <Plus aria-hidden />
          New webhook
        </Button>
      }
    >
      {webhooks.length === 0 ? (
        <p className="text-sm text-muted">There are none.</p>
      ) : (
        <ul className="-my-2 divide-y">
          {webhooks.map((webhook) => (
            <li key={webhook.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5">
              <Webhook aria-hidden className="size-4 shrink-0 text-faint" />
              <div className="min-w-0 flex-1 basis-56">
                <p className="truncate text-sm font-medium">{webhook.url}</p>
                <p className="truncate text-[13px] text-muted">{webhook.events.join(", ")}</p>
              </div>
              <div className="flex items-center gap-3 max-sm:w-full max-sm:pl-7">
                <Button look="outline" size="sm" onClick={() => void test(webhook)}>
                  Test<span className="sr-only"> {webhook.url}</span>
                </Button>
                <Button look="outline" size="sm" onClick={() => setShown(webhook)}>
                  Log<span className="sr-only"> of {webhook.url}</span>
                </Button>
                <Button look="dangerGhost" size="sm" onClick={() => setRemoving(webhook)}>
                  Remove<span className="sr-only"> {webhook.url}</span>
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      <NewWebhookDialog open={isMaking} onOpenChange={setIsMaking} onMade={() => void mutate()} />
      {shown !== null && <WebhookLogDialog webhook={shown} onClose={() => setShown(null)} />}
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={(open) => !open && setRemoving(null)}
        title="Remove the webhook?"
        description="It is told nothing more, and its log goes with it."
        confirmLabel="Remove"
        onConfirm={async () => {
          if (removing !== null)
            await attempt(() => api.delete(`/webhooks/${removing.id}`), "It is told nothing more.");
        }}
      />
    </Panel>
  );
}
