/** The worker behind ticker.ts: told an interval in milliseconds, it says "tick" that long after the tick before, or now. */

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<number>) => void) | null;
  postMessage(message: "tick"): void;
};

let lastTickMs = performance.now();

scope.onmessage = ({ data: intervalMs }) => {
  const waitMs = Math.max(0, lastTickMs + intervalMs - performance.now());
  setTimeout(() => {
    // From when it was due, not from now: late timers do not add up.
    lastTickMs = Math.max(lastTickMs + intervalMs, performance.now() - intervalMs);
    scope.postMessage("tick");
  }, waitMs);
};
