/** A camera that flashes and a microphone that beeps at the same instants, and how far apart a file shows them. */
import type { Page } from "@playwright/test";
import { findBeeps, findFlashes } from "@/tests/support/media-facts";

/** Once a second, for a fifth of it. */
const LIT_SECONDS = 0.2;
/** A flash that cannot be drawn as early as this is left out: timers are late on a loaded machine, which is not the product's doing. */
const MAX_LATE_SECONDS = 0.035;

/** Replaces the devices of a page; all else is the product. Call it before the page is opened. */
export async function flashAndBeep(page: Page): Promise<void> {
  const given = { litSeconds: LIT_SECONDS, maxLateSeconds: MAX_LATE_SECONDS };
  await page.addInitScript(({ litSeconds, maxLateSeconds }) => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      // A page that is capturing may make sound without having been clicked; otherwise the beeps wait for that.
      Object.assign(window, { capturing: await open(constraints) });
      const stream = new MediaStream();
      const audio = new AudioContext();
      await audio.resume();
      if (constraints?.audio) {
        const tone = audio.createOscillator();
        const gate = audio.createGain();
        gate.gain.value = 0;
        tone.frequency.value = 1000;
        const out = audio.createMediaStreamDestination();
        tone.connect(gate).connect(out);
        tone.start();
        // Told to the sound's own clock ahead of time, so that timers that come late do not matter.
        let second = 1;
        const schedule = () => {
          for (; second < audio.currentTime + 60; second += 1) {
            gate.gain.setValueAtTime(0.8, second);
            gate.gain.setValueAtTime(0, second + litSeconds);
          }
          setTimeout(schedule, 20_000);
        };
        schedule();
        for (const track of out.stream.getAudioTracks()) stream.addTrack(track);
      }
      if (constraints?.video) {
        const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
        const context = canvas.getContext("2d") as CanvasRenderingContext2D;
        // Frames are taken when they are drawn, and how late each flash was drawn is kept.
        const capture = canvas.captureStream(0);
        const [track] = capture.getVideoTracks() as CanvasCaptureMediaStreamTrack[];
        const drawnLate: number[] = [];
        Object.assign(window, { drawnLate });
        let drawn = 0;
        let lit = 0;
        const draw = () => {
          const now = audio.currentTime;
          const late = now % 1;
          const second = now - late;
          if (second > drawn && late < maxLateSeconds) {
            drawnLate.push(late);
            lit = second;
          }
          drawn = second;
          const isLit = second > 0 && second === lit && late < litSeconds;
          context.fillStyle = isLit ? "white" : "black";
          context.fillRect(0, 0, canvas.width, canvas.height);
          track?.requestFrame();
          setTimeout(draw, Math.min(30, (1 - late) * 1000));
        };
        draw();
        for (const each of capture.getVideoTracks()) stream.addTrack(each);
      }
      return stream;
    };
  }, given);
}

/** How many flashes the page has drawn. */
export async function flashesDrawn(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { drawnLate: number[] }).drawnLate.length);
}

/** How late the page drew its flashes, in seconds: the median of all, for those before and after a recording are not in it. */
export async function drawingLateness(page: Page): Promise<number> {
  return median(await page.evaluate(() => (window as unknown as { drawnLate: number[] }).drawnLate));
}

/** One flash and its beep. */
export interface Pair {
  /** Where the beep is in the file, in seconds. */
  atSeconds: number;
  /** How much later the flash is, in seconds. */
  offSeconds: number;
}

/** The flashes of a file that have a beep beside them, in order. */
export async function findPairs(file: string): Promise<Pair[]> {
  const [flashes, beeps] = [await findFlashes(file), await findBeeps(file)];
  return flashes.flatMap((flash) => {
    const beep = beeps.find((each) => Math.abs(each - flash) < 0.45);
    return beep === undefined ? [] : [{ atSeconds: beep, offSeconds: flash - beep }];
  });
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
