"use client";
/** One clock for the whole page, so that all relative times change together. */
import { useSyncExternalStore } from "react";

function clock(periodMs: number) {
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  return {
    read: () => now,
    subscribe(listener: () => void) {
      if (listeners.size === 0) {
        now = Date.now();
        timer = setInterval(() => {
          now = Date.now();
          for (const each of listeners) each();
        }, periodMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

const CLOCKS = { seconds: clock(1000), minutes: clock(20_000) };

/**
 * Milliseconds since the epoch, moving on by itself.
 *
 * @returns null on the server and while the page wakes up, so that both say the same
 */
export function useNow(pace: keyof typeof CLOCKS): number | null {
  return useSyncExternalStore<number | null>(CLOCKS[pace].subscribe, CLOCKS[pace].read, () => null);
}
