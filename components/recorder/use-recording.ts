"use client";
/** One recording as the server has it, up to date by its events. */
import { useState } from "react";
import { useRecordingEvents } from "@/components/live/use-recording-events";
import { api } from "@/lib/client/api";
import type { RecordingResource } from "@/lib/protocol/recordings";

export interface FollowedRecording {
  /** null: nothing has been heard yet. */
  recording: RecordingResource | null;
  /** What the server said to the last request. */
  problem: unknown;
  compile: () => void;
}

export function useRecording(recordingId: string): FollowedRecording {
  const [recording, setRecording] = useState<RecordingResource | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useRecordingEvents(`/recordings/${recordingId}/events`, {
    onEvent(event) {
      if (event.type === "recording") setRecording(event.recording);
      else if (event.type === "progress") {
        setRecording((before) => (before === null ? null : { ...before, progress: event.progress }));
      }
    },
    // The stream begins with the whole recording, every time.
    onResume() {},
  });
  return {
    recording,
    problem,
    compile() {
      setProblem(null);
      api.post<RecordingResource>(`/recordings/${recordingId}/compile`).then(setRecording, setProblem);
    },
  };
}
