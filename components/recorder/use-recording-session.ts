"use client";
/** The page's recording session. There is one for the tab: a recording goes on while other pages are looked at. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { RecordingSession } from "@/lib/client/session/session";
import { INITIAL_STATE, type SessionState } from "@/lib/client/session/session-state";
import type { SocketUrls } from "@/lib/client/session/socket-urls";

let shared: RecordingSession | null = null;

/** @param sockets addresses from the settings */
export function useRecordingSession(sockets: SocketUrls): { session: RecordingSession; state: SessionState } {
  const [session] = useState(() => (shared ??= new RecordingSession(sockets)));
  const state = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
    () => INITIAL_STATE,
  );
  useEffect(() => {
    void session.enter();
    return () => session.leave();
  }, [session]);
  return { session, state };
}
