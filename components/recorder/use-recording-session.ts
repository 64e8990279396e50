"use client";
/** The page's recording session. There is one for the tab: a recording goes on while other pages are looked at. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { RecordingSession } from "@/lib/client/session/session";
import { INITIAL_STATE, type SessionState } from "@/lib/client/session/session-state";
import type { SocketUrls } from "@/lib/client/session/socket-urls";

let shared: RecordingSession | null = null;

export interface SessionOptions {
  /** Addresses from the settings. */
  sockets: SocketUrls;
  /** Id of the user who records. */
  userId: string;
}

/** Looks at the session from any page. */
export function useSessionState({ sockets, userId }: SessionOptions): {
  session: RecordingSession;
  state: SessionState;
} {
  const [session] = useState(() => (shared ??= new RecordingSession(sockets, userId)));
  const state = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
    () => INITIAL_STATE,
  );
  return { session, state };
}

/** The session of the recording page: awake while the page is there. */
export function useRecordingSession(options: SessionOptions): { session: RecordingSession; state: SessionState } {
  const { session, state } = useSessionState(options);
  useEffect(() => {
    void session.enter();
    return () => session.leave();
  }, [session]);
  return { session, state };
}
