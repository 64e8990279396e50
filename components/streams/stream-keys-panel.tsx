"use client";
/** Stream keys: made, shown once, renewed, revoked; whether what is published with them is recorded, and pushed on. */
import { Plus, Radio } from "lucide-react";
import { useState } from "react";
import useSWR from "swr";
import { NewKeyDialog, ShownKeyDialog } from "@/components/streams/key-dialogs";
import { RelayDialog } from "@/components/streams/relay-dialog";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { Switch } from "@/components/ui/switch";
import { toast, toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { CreatedStreamKey, StreamKeyResource } from "@/lib/protocol/streams";

/** Whether a key is in use changes without anybody touching the page. */
const REFRESH_MS = 5000;

type Question = { what: "revoke" | "renew"; key: StreamKeyResource };

export function StreamKeysPanel() {
  const { data: keys, error, mutate } = useSWR<StreamKeyResource[]>("/stream-keys", { refreshInterval: REFRESH_MS });
  const [isMaking, setIsMaking] = useState(false);
  const [shown, setShown] = useState<CreatedStreamKey | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const [pushing, setPushing] = useState<StreamKeyResource | null>(null);

  async function answer({ what, key }: Question) {
    try {
      if (what === "renew") setShown(await api.post<CreatedStreamKey>(`/stream-keys/${key.id}/rotate`));
      else await api.delete(`/stream-keys/${key.id}`);
      await mutate();
      if (what === "revoke") toast.success(`“${key.name}” no longer works.`);
    } catch (thrown) {
      toastProblem(thrown);
      throw thrown;
    }
  }

  async function setRecord(key: StreamKeyResource, record: boolean) {
    try {
      await api.patch(`/stream-keys/${key.id}`, { record });
      await mutate();
    } catch (thrown) {
      toastProblem(thrown);
    }
  }

  return (
    <Panel
      title="Stream keys"
      description="Each encoder gets its own. Whoever has a key can publish in your name."
      actions={
        <Button look="outline" size="sm" onClick={() => setIsMaking(true)}>
          <Plus aria-hidden />
          New key
        </Button>
      }
    >
      {error !== undefined && keys === undefined ? (
        <Problem what={error} />
      ) : keys === undefined ? (
        <Skeleton className="h-14 w-full" />
      ) : keys.length === 0 ? (
        <p className="text-sm text-muted">There are none. Make one to publish from OBS or another encoder.</p>
      ) : (
        <ul className="-my-2 divide-y">
          {keys.map((key) => (
            <KeyRow
              key={key.id}
              streamKey={key}
              onRecord={(record) => void setRecord(key, record)}
              onPush={() => setPushing(key)}
              onRenew={() => setQuestion({ what: "renew", key })}
              onRevoke={() => setQuestion({ what: "revoke", key })}
            />
          ))}
        </ul>
      )}
      <NewKeyDialog
        open={isMaking}
        onOpenChange={setIsMaking}
        onMade={(made) => {
          setIsMaking(false);
          setShown(made);
          void mutate();
        }}
      />
      {pushing !== null && <RelayDialog streamKey={pushing} open onOpenChange={(open) => !open && setPushing(null)} />}
      <ShownKeyDialog made={shown} onDone={() => setShown(null)} />
      <ConfirmDialog
        open={question !== null}
        onOpenChange={(open) => !open && setQuestion(null)}
        title={`${question?.what === "renew" ? "Renew" : "Revoke"} “${question?.key.name}”?`}
        description={
          question?.what === "renew"
            ? "The key gets another secret. The old one stops working at once, and what is being published with it ends."
            : "It stops working at once, and what is being published with it ends. Recordings stay. This cannot be undone."
        }
        confirmLabel={question?.what === "renew" ? "Renew" : "Revoke"}
        onConfirm={async () => {
          if (question !== null) await answer(question);
        }}
      />
    </Panel>
  );
}

interface KeyRowProps {
  streamKey: StreamKeyResource;
  onRecord: (record: boolean) => void;
  onPush: () => void;
  onRenew: () => void;
  onRevoke: () => void;
}

function KeyRow({ streamKey, onRecord, onPush, onRenew, onRevoke }: KeyRowProps) {
  const { id, name, hint, server, live, record, lastPublishedAt, expiresAt } = streamKey;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <Radio aria-hidden className="size-4 shrink-0 text-faint" />
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex items-center gap-2 text-sm font-medium">
          <span className="truncate">{name}</span>
          {live && <Badge tone="live">Live</Badge>}
        </p>
        <p className="counter text-[13px] break-all text-muted">
          {server}/…{hint}
        </p>
        <p className="text-[13px] text-muted">
          {lastPublishedAt === null ? (
            "never used"
          ) : (
            <>
              used <RelativeTime at={lastPublishedAt} />
            </>
          )}
          {expiresAt !== null && (
            <>
              {" · "}
              {Date.parse(expiresAt) <= Date.now() ? "expired " : "expires "}
              <RelativeTime at={expiresAt} />
            </>
          )}
        </p>
      </div>
      <div className="flex items-center gap-1 sm:gap-3">
        <div className="flex items-center gap-2 text-[13px] text-muted">
          <label htmlFor={`record-${id}`}>
            Record<span className="sr-only"> what is published with {name}</span>
          </label>
          <Switch id={`record-${id}`} checked={record} onCheckedChange={onRecord} />
        </div>
        <Button look="ghost" size="sm" onClick={onPush}>
          Push on<span className="sr-only"> what is published with {name}</span>
        </Button>
        <Button look="ghost" size="sm" onClick={onRenew}>
          Renew<span className="sr-only"> {name}</span>
        </Button>
        <Button look="dangerGhost" size="sm" onClick={onRevoke}>
          Revoke<span className="sr-only"> {name}</span>
        </Button>
      </div>
    </li>
  );
}
