"use client";
/** Listens for the shortcuts while the page is there. */
import { useEffect, useRef } from "react";
import { commandFor, focusedOn, type RecorderCommand } from "@/components/recorder/shortcuts";
import type { SessionPhase } from "@/lib/client/session/session-phase";

export function useRecorderKeys(phase: SessionPhase, onCommand: (command: RecorderCommand) => void): void {
  const current = useRef({ phase, onCommand });
  useEffect(() => {
    current.current = { phase, onCommand };
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || !(event.target instanceof Element)) return;
      const command = commandFor(event, focusedOn(event.target), current.current.phase);
      if (command === null) return;
      event.preventDefault();
      current.current.onCommand(command);
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
