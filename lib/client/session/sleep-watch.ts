/** Notices that the computer slept, or that the browser stopped the whole page. */

/**
 * Looks at the clock in a worker: a busy page does not hold it up, and timers of hidden pages are not held back there.
 *
 * @param onWake the time that passed unnoticed, milliseconds
 * @returns ends it
 */
export function watchSleep(onWake: (sleptMs: number) => void): () => void {
  const worker = new Worker(new URL("./sleep-worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<number>) => onWake(data);
  return () => worker.terminate();
}
