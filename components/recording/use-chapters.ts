"use client";
/** The takes of a recording as chapters of the player, in WebVTT (W3C WebVTT §1.3, §4). */
import { useEffect, useMemo, useState } from "react";
import type { WatchedRecording } from "@/components/recording/watched";

type Taken = Pick<WatchedRecording, "takes" | "durationMs">;

/** @returns address of a chapters track; null: there is one take, or it is not known where they begin */
export function useChapters({ takes, durationMs }: Taken): string | null {
  const text = useMemo(() => chaptersOf({ takes, durationMs }), [takes, durationMs]);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (text === null) return setUrl(null);
    const made = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return url;
}

/** @returns the file's text; null as above */
export function chaptersOf({ takes, durationMs }: Taken): string | null {
  const begins = takes.flatMap(({ number, fromMs }) => (fromMs === null ? [] : [{ number, fromMs }]));
  if (begins.length < 2 || durationMs === null) return null;
  const cues = begins.map(({ number, fromMs }, index) => {
    const toMs = begins[index + 1]?.fromMs ?? durationMs;
    return `${stamp(fromMs)} --> ${stamp(toMs)}\nTake ${number}\n`;
  });
  return `WEBVTT\n\n${cues.join("\n")}`;
}

/** `01:02:03.456` */
function stamp(ms: number): string {
  const hours = String(Math.floor(ms / 3_600_000)).padStart(2, "0");
  return `${hours}:${new Date(ms).toISOString().slice(14, 23)}`;
}
