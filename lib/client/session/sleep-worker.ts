/** The worker behind sleep-watch.ts: says how long the clock leapt whenever it did. */
import { LeapFinder, TICK_MS } from "@/lib/client/session/leap-finder";

const scope = self as unknown as { postMessage(sleptMs: number): void };
const finder = new LeapFinder(Date.now());

setInterval(() => {
  const leaptMs = finder.tick(Date.now());
  if (leaptMs !== null) scope.postMessage(leaptMs);
}, TICK_MS);
