"use client";
/** Reads a level meter for drawing: once a frame, or five times a second for those who want less motion. */
import { useEffect, useRef } from "react";
import type { LevelMeter } from "@/lib/client/level/level-meter";
import { type Level, NO_SOUND } from "@/lib/client/level/levels";

const CALM_INTERVAL_MS = 200;

/**
 * @param readMeter gives the meter of what is open now
 * @param onLevel called with every reading, outside React
 */
export function useLevel(readMeter: () => LevelMeter | null, onLevel: (level: Level, nowMs: number) => void): void {
  const current = useRef({ readMeter, onLevel });
  useEffect(() => {
    current.current = { readMeter, onLevel };
  });
  useEffect(() => {
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    let frame = 0;
    let lastMs = 0;
    const look = (nowMs: number) => {
      frame = requestAnimationFrame(look);
      if (isCalm && nowMs - lastMs < CALM_INTERVAL_MS) return;
      lastMs = nowMs;
      current.current.onLevel(current.current.readMeter()?.read() ?? NO_SOUND, nowMs);
    };
    frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, []);
}
