"use client";
/** Says changes aloud through a live region. */
import { useEffect, useRef, useState } from "react";
import { announcement } from "@/components/recorder/announcements";
import type { SessionState } from "@/lib/client/session/session-state";

export function Announcer({ state }: { state: SessionState }) {
  const before = useRef(state);
  const [words, setWords] = useState("");
  useEffect(() => {
    const next = announcement(before.current, state);
    before.current = state;
    if (next !== null) setWords(next);
  }, [state]);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {words}
    </p>
  );
}
