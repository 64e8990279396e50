"use client";
/** What else of a recording can be downloaded, as items of its menu: the sound alone, other resolutions, the tracks as they came. */
import { AudioLines, FileVideo, Film, Layers, type LucideIcon, Music } from "lucide-react";
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
      {mp4 !== undefined && state === "ready" && (
        <FileItem
          href={withQuery(mp4.url, "download=1&index=first")}
          icon={FileVideo}
          name="MP4, index first"
          sizeBytes={mp4.sizeBytes}
        />
      )}
      {raw.map(({ filename, kind, sizeBytes }) => (
        <FileItem
          key={filename}
          href={`/api/v1/recordings/${id}/tracks/${filename}`}
          icon={kind === "video" ? Film : AudioLines}
          name={filename}
          sizeBytes={sizeBytes}
        />
      ))}
      <MenuSeparator />
    </>
  );
}

interface FileItemProps {
  href: string;
  icon: LucideIcon;
  name: string;
  sizeBytes: number;
}

function FileItem({ href, icon: Icon, name, sizeBytes }: FileItemProps) {
  return (
    <MenuItem asChild>
      <a href={href} download>
        <Icon aria-hidden />
        <span>{name}</span>
        <span className="counter ml-auto pl-4 text-xs text-muted">{formatBytes(sizeBytes)}</span>
      </a>
    </MenuItem>
  );
}

interface RequestItemProps extends DownloadItemsProps {
  kind: ExtraKind;
  /** Below the recording's. */
  path: string;
  icon: LucideIcon;
  name: string;
  /** Instead of the name, while it is made. */
  making: string;
  /** What is told when it was asked for. */
  asked: string;
}

function RequestItem({ recording, onChanged, kind, path, icon: Icon, name, making, asked }: RequestItemProps) {
  const extra = recording.extras.find((each) => each.kind === kind);
  const isWaiting = extra?.state === "waiting";
  return (
    <MenuItem
      disabled={isWaiting}
      onSelect={() =>
        void api
          .post<RecordingResource>(`/recordings/${recording.id}/${path}`)
          .then((next) => {
            onChanged(next);
            toast.success(asked);
          })
          .catch(toastProblem)
      }
    >
      <Icon aria-hidden />
      {isWaiting ? making : name}
      {isWaiting && extra?.progress != null && (
        <span className="counter ml-auto pl-4 text-xs text-muted">{Math.round(extra.progress * 100)} %</span>
      )}
    </MenuItem>
  );
}

function SoundItem(props: DownloadItemsProps) {
  const { id, outputs } = props.recording;
  const sound = outputs.find(({ kind }) => kind === "m4a");
  const item = { icon: Music, name: "Sound alone (M4A)" };
  if (sound !== undefined) {
    return <FileItem {...item} href={`/api/v1/recordings/${id}/m4a?download=1`} sizeBytes={sound.sizeBytes} />;
  }
  const words = {
    making: "Sound alone is being made…",
    asked: "The sound is being made; its download begins by itself.",
  };
  return <RequestItem {...props} {...item} {...words} kind="sound" path="m4a" />;
}

function ResolutionItems(props: DownloadItemsProps) {
  const made = props.recording.outputs.filter(({ kind }) => (RENDITION_OUTPUTS as readonly string[]).includes(kind));
  if (made.length > 0) {
    return made.map(({ kind, width, height, sizeBytes, url }) => (
      <FileItem
        key={kind}
        href={withQuery(url, "download=1")}
        icon={Layers}
        name={`${Math.min(width ?? 0, height ?? 0)}p (MP4)`}
        sizeBytes={sizeBytes}
      />
    ));
  }
  const words = {
    name: "Make several resolutions (HLS)",
    making: "Several resolutions are being made…",
    asked: "Smaller resolutions are being made. When they are there, players choose among them.",
  };
  return <RequestItem {...props} {...words} kind="adaptive" path="hls" icon={Layers} />;
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
