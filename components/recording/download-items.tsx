"use client";
/** What else of a recording can be downloaded, as items of its menu: the sound alone, other resolutions, the tracks as they came. */
import { AudioLines, Film, Layers, Music } from "lucide-react";
import { useEffect, useRef } from "react";
import { formatBytes } from "@/components/format/bytes";
import { withQuery } from "@/components/recording/addresses";
import { MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { toast, toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
import { type ExtraKind, RENDITION_OUTPUTS } from "@/lib/domain/extras";
import type { RecordingResource } from "@/lib/protocol/recordings";

interface DownloadItemsProps {
  recording: RecordingResource;
  onChanged: (recording: RecordingResource) => void;
}

export function DownloadItems({ recording, onChanged }: DownloadItemsProps) {
  const { id, state, outputs, tracks } = recording;
  const mp4 = outputs.find(({ kind }) => kind === "mp4");
  const hasSound = state === "ready" && mp4?.audioCodec != null;
  const raw = state === "recording" ? [] : tracks.filter(({ removedAt }) => removedAt === null);
  if (!hasSound && raw.length === 0 && state !== "ready") return null;
  return (
    <>
      <MenuLabel>Download</MenuLabel>
      {hasSound && <SoundItem recording={recording} onChanged={onChanged} />}
      {state === "ready" && <ResolutionItems recording={recording} onChanged={onChanged} />}
      {raw.map(({ filename, kind, sizeBytes }) => (
        <MenuItem key={filename} asChild>
          <a href={`/api/v1/recordings/${id}/tracks/${filename}`} download>
            {kind === "video" ? <Film aria-hidden /> : <AudioLines aria-hidden />}
            <span>{filename}</span>
            <span className="counter ml-auto pl-4 text-xs text-muted">{formatBytes(sizeBytes)}</span>
          </a>
        </MenuItem>
      ))}
      <MenuSeparator />
    </>
  );
}

function SoundItem({ recording, onChanged }: DownloadItemsProps) {
  const { id, extras, outputs } = recording;
  const sound = outputs.find(({ kind }) => kind === "m4a");
  const isWaiting = extras.some(({ kind, state }) => kind === "sound" && state === "waiting");
  if (sound !== undefined) {
    return (
      <MenuItem asChild>
        <a href={`/api/v1/recordings/${id}/m4a?download=1`} download>
          <Music aria-hidden />
          <span>Sound alone (M4A)</span>
          <span className="counter ml-auto pl-4 text-xs text-muted">{formatBytes(sound.sizeBytes)}</span>
        </a>
      </MenuItem>
    );
  }
  return (
    <MenuItem
      disabled={isWaiting}
      onSelect={() =>
        void api
          .post<RecordingResource>(`/recordings/${id}/m4a`)
          .then((next) => {
            onChanged(next);
            toast.success("The sound is being made; its download begins by itself.");
          })
          .catch(toastProblem)
      }
    >
      <Music aria-hidden />
      {isWaiting ? "Sound alone is being made…" : "Sound alone (M4A)"}
    </MenuItem>
  );
}

function ResolutionItems({ recording, onChanged }: DownloadItemsProps) {
  const { id, extras, outputs } = recording;
  const made = outputs.filter(({ kind }) => (RENDITION_OUTPUTS as readonly string[]).includes(kind));
  const isWaiting = extras.some(({ kind, state }) => kind === "adaptive" && state === "waiting");
  if (made.length > 0) {
    return made.map(({ kind, width, height, sizeBytes, url }) => (
      <MenuItem key={kind} asChild>
        <a href={withQuery(url, "download=1")} download>
          <Layers aria-hidden />
          <span>{`${Math.min(width ?? 0, height ?? 0)}p (MP4)`}</span>
          <span className="counter ml-auto pl-4 text-xs text-muted">{formatBytes(sizeBytes)}</span>
        </a>
      </MenuItem>
    ));
  }
  return (
    <MenuItem
      disabled={isWaiting}
      onSelect={() =>
        void api
          .post<RecordingResource>(`/recordings/${id}/hls`)
          .then((next) => {
            onChanged(next);
            toast.success("Smaller resolutions are being made. When they are there, players choose among them.");
          })
          .catch(toastProblem)
      }
    >
      <Layers aria-hidden />
      {isWaiting ? "Several resolutions are being made…" : "Make several resolutions (HLS)"}
    </MenuItem>
  );
}

/** Begins the download of the sound when it has been made while the page was open, and tells when it could not be. */
export function useSoundDownload(recording: RecordingResource): void {
  const { id } = recording;
  useOutcome(recording, "sound", "The sound could not be made.", () => {
    const link = document.createElement("a");
    link.href = `/api/v1/recordings/${id}/m4a?download=1`;
    link.download = "";
    link.click();
  });
}

/** Tells what became of the resolutions that were asked for while the page was open. */
export function useResolutionNews(recording: RecordingResource): void {
  useOutcome(recording, "adaptive", "Several resolutions could not be made.", () =>
    toast.success("Several resolutions are there. Players choose among them from now on."),
  );
}

function useOutcome({ extras }: RecordingResource, kind: ExtraKind, failed: string, onMade: () => void): void {
  const extra = extras.find((each) => each.kind === kind);
  const state = extra?.state ?? null;
  const failure = extra?.failure ?? null;
  const before = useRef(state);
  const made = useRef(onMade);
  useEffect(() => {
    made.current = onMade;
  });
  useEffect(() => {
    const wasWaiting = before.current === "waiting";
    before.current = state;
    if (!wasWaiting) return;
    if (state === "failed") toast.error(`${failed} ${failure ?? ""}`.trim());
    if (state === "made") made.current();
  }, [state, failure, failed]);
}
