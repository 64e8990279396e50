"use client";
/** The page of a camera: how it goes, what it recorded, and what can be changed. */
import { ArrowLeft, Settings2, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import useSWR from "swr";
import { Ago } from "@/components/cameras/ago";
import { stateBadge, streamFacts } from "@/components/cameras/camera-words";
import { Footage } from "@/components/cameras/footage";
import { SettingsDialog } from "@/components/cameras/settings-dialog";
import { StartStopButton } from "@/components/cameras/start-stop-button";
import { formatBytes } from "@/components/format/bytes";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useNow } from "@/components/ui/now";
import { PageHeading } from "@/components/ui/page-heading";
import { Problem } from "@/components/ui/problem";
import { Skeleton } from "@/components/ui/skeleton";
import { toast, toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import type { CameraResource } from "@/lib/protocol/cameras";

const REFRESH_MS = 4000;

export function CameraView({ initial }: { initial: CameraResource }) {
  const router = useRouter();
  const { id } = initial;
  const {
    data: camera = initial,
    error,
    mutate,
  } = useSWR<CameraResource>(`/cameras/${id}`, { fallbackData: initial, refreshInterval: REFRESH_MS });
  const nowMs = useNow("minutes");
  const [open, setOpen] = useState<"settings" | "delete" | null>(null);
  const { tone, words } = stateBadge(camera);

  async function remove() {
    try {
      await api.delete(`/cameras/${id}`);
    } catch (thrown) {
      toastProblem(thrown);
      throw thrown;
    }
    toast.success(`“${camera.name}” was deleted.`);
    router.push("/cameras");
  }

  return (
    <>
      <Link href="/cameras" className="mb-3 inline-flex items-center gap-1.5 text-sm text-muted hover:text-ink">
        <ArrowLeft aria-hidden className="size-4" />
        Cameras
      </Link>
      <PageHeading
        title={
          <span className="flex flex-wrap items-center gap-3">
            <span className="min-w-0 break-words">{camera.name}</span>
            <Badge tone={tone}>{words}</Badge>
          </span>
        }
        description={<CameraFacts camera={camera} />}
        actions={
          <div className="flex flex-wrap gap-2">
            <StartStopButton camera={camera} size="md" onChange={mutate} />
            <Button look="outline" onClick={() => setOpen("settings")}>
              <Settings2 aria-hidden />
              Settings
            </Button>
            <Button look="dangerGhost" onClick={() => setOpen("delete")}>
              <Trash2 aria-hidden />
              Delete
            </Button>
          </div>
        }
      />
      {error !== undefined && <Problem what={error} className="mb-6" />}
      {camera.error !== null && <Problem what={camera.error.message} className="mb-6" />}
      {nowMs === null ? <Skeleton className="aspect-video w-full" /> : <Footage camera={camera} nowMs={nowMs} />}
      <SettingsDialog
        camera={camera}
        open={open === "settings"}
        onOpenChange={(next) => setOpen(next ? "settings" : null)}
        onChanged={(changed) => void mutate(changed)}
      />
      <ConfirmDialog
        open={open === "delete"}
        onOpenChange={(next) => setOpen(next ? "delete" : null)}
        title={`Delete “${camera.name}”?`}
        description={`The camera and all that it sent (${formatBytes(camera.storedBytes)}) will be removed for good. What was exported stays in the library.`}
        confirmLabel="Delete"
        onConfirm={remove}
      />
    </>
  );
}

function CameraFacts({ camera }: { camera: CameraResource }) {
  const { lastMediaAt, storedBytes, url } = camera;
  return (
    <>
      <span className="break-all">{url}</span>
      {[...streamFacts(camera), formatBytes(storedBytes)].map((fact) => (
        <span key={fact}> · {fact}</span>
      ))}
      {lastMediaAt !== null && (
        <>
          {" "}
          · last received <Ago at={lastMediaAt} />
        </>
      )}
    </>
  );
}
