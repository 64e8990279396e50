"use client";
/** Streams that are being published now: how they are doing, whether they are recorded, and where they are pushed on to. */
import Link from "next/link";
import { useState } from "react";
import useSWR from "swr";
import { formatBytes } from "@/components/format/bytes";
import { bitRate, codecs, recordWords, relayWords } from "@/components/streams/stream-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { StreamResource } from "@/lib/protocol/streams";

const REFRESH_MS = 2000;

export function LiveStreams() {
  const { data: streams, error, mutate } = useSWR<StreamResource[]>("/streams", { refreshInterval: REFRESH_MS });
  const [ending, setEnding] = useState<StreamResource | null>(null);

  async function attempt(work: () => Promise<unknown>) {
    try {
      await work();
      await mutate();
    } catch (thrown) {
      toastProblem(thrown);
      throw thrown;
    }
  }

  return (
    <Panel title="Live now">
      {error !== undefined && streams === undefined ? (
        <Problem what={error} />
      ) : streams === undefined ? (
        <Skeleton className="h-14 w-full" />
      ) : streams.length === 0 ? (
        <p className="text-sm text-muted">Nothing is being published.</p>
      ) : (
        <ul className="-my-3 divide-y">
          {streams.map((stream) => (
            <StreamRow
              key={stream.id}
              stream={stream}
              onRecord={(record) => void attempt(() => api.patch(`/streams/${stream.id}`, { record })).catch(() => {})}
              onEnd={() => setEnding(stream)}
            />
          ))}
        </ul>
      )}
      <ConfirmDialog
        open={ending !== null}
        onOpenChange={(open) => !open && setEnding(null)}
        title={`End “${ending?.name}”?`}
        description="The encoder is disconnected, and what was recorded is kept. Many encoders come back by themselves: revoke the key to keep one out."
        confirmLabel="End the stream"
        onConfirm={async () => {
          if (ending !== null) await attempt(() => api.delete(`/streams/${ending.id}`));
        }}
      />
    </Panel>
  );
}

interface StreamRowProps {
  stream: StreamResource;
  onRecord: (record: boolean) => void;
  onEnd: () => void;
}

function StreamRow({ stream, onRecord, onEnd }: StreamRowProps) {
  const { name, record, width, height, frameRate, droppedFrames } = stream;
  const isOff = record.state === "off";
  const facts = [
    bitRate(stream.bitrateBps),
    ...(frameRate > 0 ? [`${frameRate} pictures a second`] : []),
    ...(width !== null && height !== null ? [`${width}\u00a0×\u00a0${height}`] : []),
    ...codecs(stream),
    ...(droppedFrames > 0 ? [`${droppedFrames} dropped`] : []),
    formatBytes(stream.receivedBytes),
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
          <span className="truncate">{name}</span>
          <Badge tone={record.state === "recording" ? "live" : record.state === "failed" ? "bad" : "neutral"}>
            {recordWords(record.state)}
          </Badge>
        </p>
        <p className="counter mt-0.5 text-[13px] text-muted">{facts.join(" · ")}</p>
        <p className="text-[13px] text-muted">
          since <RelativeTime at={stream.startedAt} />
          {stream.encoder !== null && ` · ${stream.encoder}`}
          {record.recordingId !== null && (
            <>
              {" · "}
              <Link href={`/recordings/${record.recordingId}`} className="text-ink underline underline-offset-2">
                {record.watchable ? "Watch live" : "its recording"}
                {record.watchable && <span className="sr-only"> {name}</span>}
              </Link>
            </>
          )}
        </p>
        {record.message !== null && <Problem what={record.message} className="mt-2" />}
        {stream.relays.length > 0 && (
          <ul className="mt-1 text-[13px] text-muted" aria-label={`Where ${name} is pushed on to`}>
            {stream.relays.map((relay) => (
              <li key={relay.targetId} className={relay.state === "waiting" ? "text-tape-ink" : undefined}>
                {relay.name}: {relayWords(relay)}
                {relay.message !== null && `. ${relay.message}`}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Button look={isOff ? "record" : "outline"} size="sm" onClick={() => onRecord(isOff)}>
        {isOff ? "Record" : "Stop recording"}
        <span className="sr-only"> {name}</span>
      </Button>
      <Button look="dangerGhost" size="sm" onClick={onEnd}>
        End<span className="sr-only"> {name}</span>
      </Button>
    </li>
  );
}
