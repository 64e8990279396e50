"use client";
/** One camera in the grid: its last picture, how it goes, and start or stop. */
import { VideoOff } from "lucide-react";
import { Ago } from "@/components/cameras/ago";
import { pictureTakenAt, stateBadge, streamFacts } from "@/components/cameras/camera-words";
import { StartStopButton } from "@/components/cameras/start-stop-button";
import { formatBytes } from "@/components/format/bytes";
import { Badge } from "@/components/ui/badge";
import { HoverLink } from "@/components/ui/hover-link";
import type { CameraResource } from "@/lib/protocol/cameras";

interface CameraCardProps {
  camera: CameraResource;
  onChange: () => Promise<unknown>;
}

export function CameraCard({ camera, onChange }: CameraCardProps) {
  const { id, name, thumbnailUrl, error, lastMediaAt, storedBytes } = camera;
  const { tone, words } = stateBadge(camera);
  const takenAt = pictureTakenAt(camera);
  return (
    <li className="flex flex-col overflow-hidden rounded-lg border bg-surface shadow-card">
      <HoverLink href={`/cameras/${id}`} aria-label={`Open ${name}`} className="relative block aspect-video bg-sunken">
        {thumbnailUrl === null ? (
          <span className="grid size-full place-items-center text-faint">
            <VideoOff aria-hidden strokeWidth={1.4} className="size-9" />
          </span>
        ) : (
          // biome-ignore lint/performance/noImgElement: a small picture that is another one every few minutes
          <img src={thumbnailUrl} alt="" className="size-full bg-black object-contain" />
        )}
        {takenAt !== null && (
          <span className="absolute right-2 bottom-2 rounded-sm bg-black/80 px-1.5 py-0.5 text-xs text-white">
            Picture <Ago at={takenAt} />
          </span>
        )}
      </HoverLink>
      <div className="flex flex-1 flex-col gap-3 p-4">
        <div className="min-w-0">
          <div className="flex items-center gap-2">
            <h2 className="min-w-0 flex-1 truncate text-[15px] font-semibold tracking-tight">
              <HoverLink href={`/cameras/${id}`} className="hover:underline">
                {name}
              </HoverLink>
            </h2>
            <Badge tone={tone}>{words}</Badge>
          </div>
          {error !== null && <p className="mt-1 text-[13px] text-tape-ink">{error.message}</p>}
          <p className="mt-1 text-[13px] text-muted">
            {lastMediaAt === null ? (
              "Nothing has come yet"
            ) : (
              <>
                Last received <Ago at={lastMediaAt} />
              </>
            )}
          </p>
          <p className="counter mt-0.5 text-[13px] text-muted">
            {[...streamFacts(camera), formatBytes(storedBytes)].join(" · ")}
          </p>
        </div>
        <div className="mt-auto">
          <StartStopButton camera={camera} onChange={onChange} />
        </div>
      </div>
    </li>
  );
}
