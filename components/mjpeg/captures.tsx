"use client";
/** The captures of a user, live: an address and Record; each with its state, Stop recording, and then its file. */
import useSWR from "swr";
import { RecordDot } from "@/components/brand/record-dot";
import { CaptureRow } from "@/components/mjpeg/capture-row";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import { Problem } from "@/components/ui/problem";
import { useSubmit } from "@/components/ui/use-submit";
import { api } from "@/lib/client/api";
import type { CaptureResource } from "@/lib/protocol/mjpeg";

const PATH = "/mjpeg-captures";
/** While one runs its numbers move; after that the list rests. */
const REFRESH_MS = 2000;

export function Captures({ initial }: { initial: CaptureResource[] }) {
  const {
    data: captures = initial,
    error,
    mutate,
  } = useSWR<CaptureResource[]>(PATH, {
    fallbackData: initial,
    refreshInterval: (latest) => (latest?.some(isMoving) ? REFRESH_MS : 0),
  });
  const { onSubmit, isBusy, problem } = useSubmit(async (text, form) => {
    await api.post<CaptureResource>(PATH, { stream_url: text("url") });
    form.reset();
    await mutate();
  });

  return (
    <div className="flex flex-col gap-6">
      <Panel>
        <form method="post" onSubmit={onSubmit} className="flex flex-col gap-4">
          {problem !== null && <Problem what={problem} />}
          <div className="flex flex-wrap items-start gap-3">
            <Field
              label="Address of the stream"
              hint="http or https. A user name and password in it are kept encrypted."
              className="min-w-0 flex-1 basis-72"
            >
              {(control) => (
                <Input
                  {...control}
                  name="url"
                  type="text"
                  inputMode="url"
                  placeholder="http://user:password@192.168.1.20/video"
                  required
                  maxLength={4096}
                  autoComplete="off"
                  spellCheck={false}
                />
              )}
            </Field>
            <Button type="submit" look="record" busy={isBusy} className="mt-[26px] max-sm:mt-0 max-sm:w-full">
              <RecordDot />
              Record
            </Button>
          </div>
        </form>
      </Panel>
      {error !== undefined && <Problem what={error} />}
      <Panel title="Recordings of streams">
        {captures.length === 0 ? (
          <p className="text-sm text-muted">There are none yet.</p>
        ) : (
          <ul className="-my-3 divide-y">
            {captures.map((capture) => (
              <CaptureRow key={capture.id} capture={capture} onChange={() => void mutate()} />
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}

function isMoving({ endedAt, recordingState }: CaptureResource): boolean {
  return endedAt === null || (recordingState !== null && recordingState !== "ready" && recordingState !== "failed");
}
