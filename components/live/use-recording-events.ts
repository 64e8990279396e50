"use client";
/** Follows the server's events while the page is in sight. */
import { useEffect, useRef } from "react";
import type { RecordingEvent } from "@/lib/protocol/recordings";

/** EventSource comes back by itself from a dropped connection, but not from an error answer; then we do, after this. */
const RETRY_MS = 5000;

interface Listener {
  onEvent: (event: RecordingEvent) => void;
  /** Events may have been missed: look at everything again. */
  onResume: () => void;
}

/**
 * Calls the listener for every event, and `onResume` whenever the connection is there: what happened before it was,
 * also between the making of the page and now, was missed.
 * A hidden page lets its connection go: browsers allow six to a host over HTTP/1.1, and each tab would hold one.
 *
 * @param path of the stream, below `/api/v1`
 */
export function useRecordingEvents(path: string, listener: Listener): void {
  const current = useRef(listener);
  useEffect(() => {
    current.current = listener;
  });

  useEffect(() => {
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;

    function open() {
      close();
      source = new EventSource(`/api/v1${path}`);
      source.onopen = () => current.current.onResume();
      source.onerror = () => {
        if (source?.readyState !== EventSource.CLOSED) return;
        // What was to be followed may be gone.
        current.current.onResume();
        retry = setTimeout(open, RETRY_MS);
      };
      for (const type of ["recording", "progress", "deleted", "storage"] satisfies RecordingEvent["type"][]) {
        source.addEventListener(type, (message) => current.current.onEvent(JSON.parse(message.data)));
      }
    }

    function close() {
      clearTimeout(retry);
      source?.close();
      source = undefined;
    }

    function followVisibility() {
      if (document.visibilityState === "hidden") close();
      else if (source === undefined) open();
    }

    followVisibility();
    document.addEventListener("visibilitychange", followVisibility);
    return () => {
      document.removeEventListener("visibilitychange", followVisibility);
      close();
    };
  }, [path]);
}
