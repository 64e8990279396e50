"use client";
/** What earlier pages left in this browser; there is one list for the tab. */
import { useEffect, useState } from "react";
import type { SessionOptions } from "@/components/recorder/use-recording-session";
import { Recoveries } from "@/lib/client/recovery/recoveries";
import type { RecoveryState } from "@/lib/client/recovery/recovery";
import { resolveSocketUrls } from "@/lib/client/session/socket-urls";

let shared: Recoveries | null = null;

/** @returns `recoveries` is null until the page is awake */
export function useRecoveries({ sockets, userId }: SessionOptions): {
  recoveries: Recoveries | null;
  left: readonly RecoveryState[];
} {
  const [recoveries, setRecoveries] = useState<Recoveries | null>(null);
  const [left, setLeft] = useState<readonly RecoveryState[]>([]);
  const { video, audio } = sockets;
  useEffect(() => {
    const urls = resolveSocketUrls({ video, audio }, window.location.href);
    const made = (shared ??= new Recoveries({ userId, sockets: urls }));
    setRecoveries(made);
    setLeft(made.state);
    const gone = new AbortController();
    const look = () => {
      if (document.visibilityState === "visible") void made.look();
    };
    look();
    document.addEventListener("visibilitychange", look, { signal: gone.signal });
    window.addEventListener("online", () => made.retry(), { signal: gone.signal });
    const unsubscribe = made.subscribe(() => setLeft(made.state));
    return () => {
      gone.abort();
      unsubscribe();
    };
  }, [userId, video, audio]);
  return { recoveries, left };
}
