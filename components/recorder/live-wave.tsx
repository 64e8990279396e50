"use client";
/** Sound without a picture: the loudness of the last seconds, as on a strip of tape that runs from right to left. */
import { useRef } from "react";
import { useLevel } from "@/components/recorder/use-level";
import type { LevelMeter } from "@/lib/client/level/level-meter";
import { meterFraction } from "@/lib/client/level/levels";

const BAR_PX = 3;
const STEP_PX = 6;
const STEP_MS = 60;

export function LiveWave({ readMeter }: { readMeter: () => LevelMeter | null }) {
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const history = useRef<{ bars: number[]; loudest: number; atMs: number }>({ bars: [], loudest: 0, atMs: 0 });

  useLevel(readMeter, (level, nowMs) => {
    const canvas = canvasRef.current;
    const past = history.current;
    past.loudest = Math.max(past.loudest, meterFraction(level.rmsDb));
    if (canvas === null || nowMs - past.atMs < STEP_MS) return;
    past.atMs = nowMs;
    past.bars.push(past.loudest);
    past.loudest = 0;
    const most = Math.ceil(canvas.clientWidth / STEP_PX);
    past.bars.splice(0, Math.max(0, past.bars.length - most));
    draw(canvas, past.bars);
  });

  return <canvas ref={canvasRef} aria-hidden className="h-2/5 w-full text-ink" />;
}

function draw(canvas: HTMLCanvasElement, bars: readonly number[]): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).color;
  bars.forEach((bar, index) => {
    const tall = Math.max(BAR_PX, bar * height);
    const fromRight = bars.length - 1 - index;
    // Older sound fades towards the left edge.
    context.globalAlpha = Math.max(0.08, 1 - (fromRight * STEP_PX) / width);
    context.beginPath();
    context.roundRect(width - (fromRight + 1) * STEP_PX, (height - tall) / 2, BAR_PX, tall, BAR_PX / 2);
    context.fill();
  });
}
