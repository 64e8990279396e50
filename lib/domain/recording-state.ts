/**
 * The states of a recording and the moves between them.
 *
 *   recording ──► stopped ──► compiling ──► ready
 *       ▲            │  ▲         │  ▲        │
 *       └────────────┘  └─────────┼──┘        │   (ready and failed go back to stopped when compiled again, and to
 *                                 └──► failed ┘    recording when the source comes back or begins another take)
 *
 * No state lasts by itself: `recording` ends when its tracks are finished or nothing came for the interrupted timeout;
 * `stopped` with a compile request and `compiling` are found again by the reconciler when their job is lost;
 * everything else is ended by retention.
 */

export const RECORDING_STATES = ["recording", "stopped", "compiling", "ready", "failed"] as const;
export type RecordingState = (typeof RECORDING_STATES)[number];

const MOVES: Readonly<Record<RecordingState, readonly RecordingState[]>> = {
  recording: ["stopped"],
  // Back to recording: the source came back with bytes it still held.
  stopped: ["compiling", "recording", "failed"],
  // Back to stopped: the job gave the recording up and somebody else is to take it.
  compiling: ["ready", "failed", "stopped"],
  ready: ["stopped", "recording"],
  failed: ["stopped", "recording"],
};

/** The states from which `to` may be reached; the condition of a guarded update. */
export function statesBefore(to: RecordingState): RecordingState[] {
  return RECORDING_STATES.filter((from) => MOVES[from].includes(to));
}

export function canMove(from: RecordingState, to: RecordingState): boolean {
  return MOVES[from].includes(to);
}

/** Whether the finished file is still to come: until then, what is compiled while it is recorded can be watched. */
export function hasNoFileYet(state: string): boolean {
  return state === "recording" || state === "stopped" || state === "compiling";
}

export const TRACK_KINDS = ["video", "audio"] as const;
export type TrackKind = (typeof TRACK_KINDS)[number];

/** Where a recording comes from; a camera's is a part that was exported of what it records around the clock. */
export const SOURCES = ["browser", "camera", "mjpeg", "rtmp", "snapshots"] as const;
export type Source = (typeof SOURCES)[number];
