"use client";
/** What was sent to a webhook and what it answered; any of it can be sent again. */
import useSWR from "swr";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Problem } from "@/components/ui/problem";
import { RelativeTime } from "@/components/ui/relative-time";
import { toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { WebhookDeliveryResource, WebhookResource } from "@/lib/protocol/webhooks";

const REFRESH_MS = 2000;

const STATE_WORDS: Record<WebhookDeliveryResource["state"], { word: string; tone: BadgeTone }> = {
  pending: { word: "On its way", tone: "working" },
  delivered: { word: "Delivered", tone: "good" },
  failed: { word: "Given up", tone: "bad" },
};

export function WebhookLogDialog({ webhook, onClose }: { webhook: WebhookResource; onClose: () => void }) {
  const path = `/webhooks/${webhook.id}/deliveries`;
  const { data, error, mutate } = useSWR<WebhookDeliveryResource[]>(path, { refreshInterval: REFRESH_MS });

  async function again(id: string) {
    try {
      await api.post(`${path}/${id}/redeliver`);
      await mutate();
    } catch (problem) {
      toastProblem(problem);
    }
  }

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="What was sent" description={webhook.url}>
      {error !== undefined && data === undefined && <Problem what={error} />}
      {data?.length === 0 && <p className="text-sm text-muted">Nothing yet.</p>}
      <ul className="max-h-[60vh] divide-y overflow-y-auto">
        {data?.map((delivery) => (
          <li key={delivery.id} className="flex items-center gap-3 py-2.5 text-sm">
            <div className="min-w-0 flex-1">
              <p className="flex items-center gap-2">
                <span className="truncate font-medium">{delivery.event}</span>
                <Badge tone={STATE_WORDS[delivery.state].tone}>{STATE_WORDS[delivery.state].word}</Badge>
              </p>
              <p className="text-[13px] text-muted">
                <RelativeTime at={delivery.createdAt} />
                {` · attempt ${delivery.attempts}`}
                {delivery.lastStatus !== null && ` · ${delivery.lastStatus}`}
                {delivery.lastError !== null && ` · ${delivery.lastError}`}
              </p>
            </div>
            <Button look="outline" size="sm" onClick={() => void again(delivery.id)}>
              Send again
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
