/** The tracks as they came, to look at and to download. */
import { AudioLines, Download, Film } from "lucide-react";
import { formatBytes } from "@/components/format/bytes";
import { count, formatPeriod } from "@/components/format/duration";
import { mimeTypeName } from "@/components/recording/codec-names";
import { ExactTime } from "@/components/ui/exact-time";
import { IconButton } from "@/components/ui/icon-button";
import { Panel } from "@/components/ui/panel";
import type { RecordingResource } from "@/lib/protocol/recordings";

const KINDS = { video: "Picture", audio: "Sound" } as const;

interface TracksPanelProps {
  recording: RecordingResource;
  /** How long raw tracks are kept after compiling; 0: for good. */
  rawRetentionHours: number;
}

export function TracksPanel({ recording, rawRetentionHours }: TracksPanelProps) {
  const { tracks, takes, id } = recording;
  if (tracks.length === 0) return null;
  const areAllRemoved = tracks.every(({ removedAt }) => removedAt !== null);
  return (
    <Panel title="Tracks" description={keptWords(areAllRemoved, rawRetentionHours)}>
      <ul className="-my-2 divide-y">
        {tracks.map((track) => {
          const Icon = track.kind === "video" ? Film : AudioLines;
          return (
            <li key={track.filename} className="flex items-center gap-3 py-2.5">
              <span className="grid size-9 shrink-0 place-items-center rounded-md bg-sunken text-muted">
                <Icon aria-hidden className="size-[18px]" />
              </span>
              <div className="min-w-0 flex-1 text-sm">
                <p className="font-medium">
                  {KINDS[track.kind]}
                  {takes.length > 1 && <span className="font-normal text-muted"> · take {track.take}</span>}
                </p>
                <p className="text-[13px] break-words text-muted">
                  {track.mimeType === null ? "Kind not known" : mimeTypeName(track.mimeType)}
                  {track.sizeBytes > 0 && <span className="counter"> · {formatBytes(track.sizeBytes)}</span>}
                  {track.sha256 !== null && (
                    <span className="counter text-xs" title={`SHA-256 ${track.sha256}`}>
                      {" · "}
                      {track.sha256.slice(0, 8)}
                    </span>
                  )}
                  {track.finishedAt === null && recording.state !== "recording" && " · cut off"}
                </p>
              </div>
              {track.removedAt !== null && <span className="text-[13px] text-muted">removed</span>}
              {track.removedAt === null && recording.state !== "recording" && (
                <IconButton asChild label={`Download ${track.filename}`} size="iconSm" side="left">
                  <a href={`/api/v1/recordings/${id}/tracks/${track.filename}`} download>
                    <Download aria-hidden />
                  </a>
                </IconButton>
              )}
            </li>
          );
        })}
      </ul>
      {takes.length > 1 && (
        <details className="mt-4 border-t pt-3 text-sm">
          <summary className="flex h-8 cursor-pointer items-center rounded-md text-muted hover:text-ink pointer-coarse:h-11">
            Recorded in {count(takes.length, "take")}
          </summary>
          <ol className="mt-1 space-y-1">
            {takes.map(({ number, startedAt }) => (
              <li key={number} className="flex justify-between gap-4">
                <span className="text-muted">Take {number}</span>
                <ExactTime at={startedAt} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </Panel>
  );
}

function keptWords(areAllRemoved: boolean, hours: number): string {
  if (areAllRemoved) return "As they came from the source; removed since the MP4 was checked against them.";
  if (hours === 0) return "As they came from the source.";
  return `As they came from the source. Kept for ${formatPeriod(hours)} after compiling.`;
}
