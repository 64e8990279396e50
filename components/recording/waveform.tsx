"use client";
/** How loud the recording is where, drawn above the time it lies at. For the eye alone: it says nothing one could miss. */
import useSWRImmutable from "swr/immutable";
import { cn } from "@/components/ui/class-names";
import type { WaveformFile } from "@/lib/media/waveform";

/** Bars of the drawing; of each, the loudest part counts. */
const BARS = 240;
const HEIGHT = 32;
const FULL_SCALE = 255;

export function Waveform({ url, className }: { url: string; className?: string }) {
  const { data } = useSWRImmutable<WaveformFile>(url, load);
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${BARS} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cn("pointer-events-none block fill-white/45", className)}
    >
      {data !== undefined && <path d={pathOf(data.peaks)} />}
    </svg>
  );
}

async function load(url: string): Promise<WaveformFile> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`waveform: ${response.status}`);
  return response.json();
}

/** Bars from the bottom up. Loudness is heard by its logarithm; the square root is near enough and keeps silence flat. */
function pathOf(peaks: readonly number[]): string {
  const bars = Math.min(BARS, peaks.length);
  const width = BARS / bars;
  return Array.from({ length: bars }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    const height = Math.sqrt(Math.max(...peaks.slice(from, to)) / FULL_SCALE) * HEIGHT;
    return `M${(bar * width).toFixed(2)} ${HEIGHT}v-${height.toFixed(1)}h${(width * 0.7).toFixed(2)}V${HEIGHT}z`;
  }).join("");
}
