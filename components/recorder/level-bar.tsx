"use client";
/** How loud the sound is: a row of lights, with the highest of the last second marked. */
import { useRef, useState } from "react";
import { useLevel } from "@/components/recorder/use-level";
import { cn } from "@/components/ui/class-names";
import type { LevelMeter } from "@/lib/client/level/level-meter";
import { levelInWords, METER_FLOOR_DB, meterFraction } from "@/lib/client/level/levels";

/** How far the bar falls in a second, of its length: a peak can be seen before it is gone. */
const FALL_PER_SECOND = 1.4;
const PEAK_HOLD_MS = 1000;
/** Words change no faster than they can be read. */
const WORDS_INTERVAL_MS = 1000;

/** Lights with gaps, and the colours of a deck: green, amber from −12 dB, red from −3 dB. */
const LIGHTS = "[mask-image:repeating-linear-gradient(to_right,black_0_4px,transparent_4px_6px)]";
const COLOURS = "bg-[linear-gradient(to_right,var(--green)_0_80%,var(--amber)_80%_95%,var(--tape)_95%)]";

interface LevelBarProps {
  label: string;
  readMeter: () => LevelMeter | null;
  isMuted: boolean;
  className?: string;
}

export function LevelBar({ label, readMeter, isMuted, className }: LevelBarProps) {
  const barRef = useRef<HTMLDivElement>(null);
  const drawn = useRef({ level: 0, peak: 0, peakAtMs: 0, lastMs: 0, wordsAtMs: 0 });
  const [shown, setShown] = useState({ db: METER_FLOOR_DB, words: "no sound" });

  useLevel(readMeter, (level, nowMs) => {
    const state = drawn.current;
    const fallen = state.level - ((nowMs - state.lastMs) / 1000) * FALL_PER_SECOND;
    state.lastMs = nowMs;
    state.level = Math.max(meterFraction(level.rmsDb), fallen, 0);
    const peak = meterFraction(level.peakDb);
    if (peak >= state.peak || nowMs - state.peakAtMs > PEAK_HOLD_MS) Object.assign(state, { peak, peakAtMs: nowMs });
    barRef.current?.style.setProperty("--level", String(state.level));
    barRef.current?.style.setProperty("--peak", String(state.peak));
    if (nowMs - state.wordsAtMs < WORDS_INTERVAL_MS) return;
    state.wordsAtMs = nowMs;
    const db = Math.round(Math.max(METER_FLOOR_DB, level.rmsDb));
    setShown((before) => (before.db === db ? before : { db, words: levelInWords(level) }));
  });

  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers do not let <meter> look like this
    <div
      ref={barRef}
      role="meter"
      aria-label={label}
      aria-valuemin={METER_FLOOR_DB}
      aria-valuemax={0}
      aria-valuenow={isMuted ? METER_FLOOR_DB : shown.db}
      aria-valuetext={isMuted ? "muted" : `${shown.words}, ${shown.db} decibels`}
      className={cn("relative h-2.5 min-w-16 overflow-hidden", LIGHTS, className)}
    >
      <div className="absolute inset-0 bg-line" />
      <div className={cn("absolute inset-0 [clip-path:inset(0_calc(100%_-_var(--level,0)*100%)_0_0)]", COLOURS)} />
      <div
        className={cn(
          "absolute inset-0 [clip-path:inset(0_calc(100%_-_var(--peak,0)*100%)_0_max(0px,calc(var(--peak,0)*100%_-_6px)))]",
          COLOURS,
        )}
      />
    </div>
  );
}
