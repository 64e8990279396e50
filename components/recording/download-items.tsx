"use client";
/** What else of a recording can be downloaded, as items of its menu: the sound alone, and the tracks as they came. */
import { AudioLines, Film, Music } from "lucide-react";
import { useEffect, useRef } from "react";
import { formatBytes } from "@/components/format/bytes";
import { MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { toast, toastProblem } from "@/components/ui/toast";
import { api } from "@/lib/client/api";
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
  if (!hasSound && raw.length === 0) return null;
  return (
    <>
      <MenuLabel>Download</MenuLabel>
      {hasSound && <SoundItem recording={recording} onChanged={onChanged} />}
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

/** Begins the download of the sound when it has been made while the page was open, and tells when it could not be. */
export function useSoundDownload({ id, extras }: RecordingResource): void {
  const sound = extras.find(({ kind }) => kind === "sound");
  const state = sound?.state ?? null;
  const failure = sound?.failure ?? null;
  const before = useRef(state);
  useEffect(() => {
    const wasWaiting = before.current === "waiting";
    before.current = state;
    if (!wasWaiting || state === null || state === "waiting") return;
    if (state === "failed") {
      toast.error(`The sound could not be made. ${failure ?? ""}`.trim());
      return;
    }
    const link = document.createElement("a");
    link.href = `/api/v1/recordings/${id}/m4a?download=1`;
    link.download = "";
    link.click();
  }, [id, state, failure]);
}
