"use client";
/** A day, or a part of it, as a bar: what is there, what is missing and why, and where the player is. */
import { useEffect, useRef, useState } from "react";
import { gapWords } from "@/components/cameras/gap-list";
import { timeOfDay } from "@/components/cameras/local-day";
import { Tooltip } from "@/components/ui/tooltip";
import type { TimelineResource } from "@/lib/protocol/cameras";

interface DayTimelineProps {
  timeline: Pick<TimelineResource, "spans" | "gaps">;
  /** What of it is shown. */
  fromMs: number;
  toMs: number;
  nowMs: number;
  /** Where the player is; null: nowhere. */
  shownMs: number | null;
  onPlay: (atMs: number) => void;
}

/** Something is drawn at least this wide, in percent, so that it can be seen and pressed. */
const LEAST_WIDTH = 0.4;
/** Dragging is over when it has stood still for so long. */
const SETTLE_MS = 300;
const LABELS = 6;

export function DayTimeline({ timeline, fromMs, toMs, nowMs, shownMs, onPlay }: DayTimelineProps) {
  const [draftMs, setDraftMs] = useState<number | null>(null);
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(settle.current), []);
  const atMs = draftMs ?? shownMs;
  const place = (from: number, to: number) => {
    const left = Math.max(0, ((from - fromMs) / (toMs - fromMs)) * 100);
    const right = Math.min(100, ((to - fromMs) / (toMs - fromMs)) * 100);
    return right <= 0 || left >= 100
      ? null
      : { left: `${Math.min(left, 100 - LEAST_WIDTH)}%`, width: `${Math.max(LEAST_WIDTH, right - left)}%` };
  };

  function choose(ms: number) {
    setDraftMs(ms);
    clearTimeout(settle.current);
    settle.current = setTimeout(() => {
      setDraftMs(null);
      onPlay(ms);
    }, SETTLE_MS);
  }

  const spans = timeline.spans.flatMap(({ from, to }) => {
    const style = place(Date.parse(from), Date.parse(to));
    return style === null ? [] : [{ key: from, style }];
  });
  const gaps = timeline.gaps.flatMap((gap) => {
    const style = place(Date.parse(gap.from), gap.to === null ? nowMs : Date.parse(gap.to));
    return style === null ? [] : [{ gap, style }];
  });
  const mark = atMs === null || atMs < fromMs || atMs > toMs ? null : ((atMs - fromMs) / (toMs - fromMs)) * 100;

  return (
    <div>
      <div className="relative h-12 overflow-hidden rounded-md bg-sunken ring-1 ring-line has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink">
        {spans.map(({ key, style }) => (
          <span key={key} aria-hidden className="absolute inset-y-0 bg-green" style={style} />
        ))}
        {mark !== null && (
          <span aria-hidden className="absolute inset-y-0 w-0.5 -translate-x-1/2 bg-ink" style={{ left: `${mark}%` }} />
        )}
        <input
          type="range"
          aria-label="Play from"
          aria-valuetext={timeOfDay(atMs ?? fromMs)}
          min={fromMs}
          max={toMs}
          step={1000}
          value={Math.min(toMs, Math.max(fromMs, atMs ?? fromMs))}
          onChange={(event) => choose(Number(event.target.value))}
          className="absolute inset-0 size-full cursor-pointer appearance-none opacity-0 [&::-moz-range-thumb]:w-px [&::-webkit-slider-thumb]:w-px [&::-webkit-slider-thumb]:appearance-none"
        />
      </div>
      <div className="relative mt-1 h-3">
        {gaps.map(({ gap, style }) => (
          <Tooltip key={`${gap.from}-${gap.code}`} content={gapWords(gap)}>
            <button
              type="button"
              aria-label={`Missing ${gapWords(gap)}`}
              onClick={() => onPlay(gap.to === null ? Date.parse(gap.from) - 10_000 : Date.parse(gap.to))}
              className="absolute inset-y-0 rounded-sm bg-tape"
              style={style}
            />
          </Tooltip>
        ))}
      </div>
      <p aria-hidden className="counter mt-1 flex justify-between text-xs text-muted">
        {Array.from({ length: LABELS + 1 }, (_, index) => fromMs + ((toMs - fromMs) * index) / LABELS).map(
          (ms, index) => (
            <span key={ms} className={index % 2 === 1 ? "max-sm:hidden" : ""}>
              {timeOfDay(ms, toMs - fromMs < 3_600_000)}
            </span>
          ),
        )}
      </p>
    </div>
  );
}
