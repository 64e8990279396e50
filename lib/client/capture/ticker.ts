/** A timer that keeps its pace in a hidden tab: timers of hidden pages are held back to one a second, workers' are not. */

/**
 * @param onTick the next tick waits until it has returned: a slow machine gets fewer ticks, not a queue of them
 * @returns ends it
 */
export function startTicker(intervalMs: number, onTick: () => void): () => void {
  const worker = new Worker(new URL("./ticker-worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = () => {
    onTick();
    worker.postMessage(intervalMs);
  };
  worker.postMessage(intervalMs);
  return () => worker.terminate();
}
