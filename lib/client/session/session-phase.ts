/**
 * The phases of the recording page and the moves between them.
 *
 *   idle ⇄ preparing ─► preview ⇄ countdown ─► recording ⇄ paused
 *    ▲                    ▲  ▲                     └──┬──────┘
 *    │                    │  └─ discarded ── stopping ◄┘ ─► uploading ─► done
 *    └────────────────────┴──────────────── another one ─────────────────┘
 *
 * A recording that has nothing to record for a while is `interrupted`, between `recording` and either that or `stopping`.
 * What goes wrong before recording leads back to idle or preview, with words; afterwards nothing ends in a failure: what
 * the server does not take yet stays in this browser, and `uploading` lasts until it has it or the user discards it.
 */
export const SESSION_PHASES = [
  /** Nothing is open. */
  "idle",
  /** The browser is being asked for devices or screen. */
  "preparing",
  /** What will be recorded can be seen and heard. */
  "preview",
  "countdown",
  "recording",
  "paused",
  /** The recording goes on, and at the moment there is nothing to record. */
  "interrupted",
  /** The recorders hand over their last chunks. */
  "stopping",
  /** Everything is recorded, and the server does not have all of it yet. */
  "uploading",
  /** The server has everything. */
  "done",
] as const;
export type SessionPhase = (typeof SESSION_PHASES)[number];

const MOVES: Readonly<Record<SessionPhase, readonly SessionPhase[]>> = {
  idle: ["preparing"],
  preparing: ["preview", "idle", "preparing"],
  preview: ["countdown", "recording", "preparing", "idle"],
  countdown: ["recording", "preview", "idle"],
  recording: ["paused", "interrupted", "stopping", "preview", "idle"],
  paused: ["recording", "interrupted", "stopping", "preview", "idle"],
  interrupted: ["recording", "stopping", "preview", "idle"],
  stopping: ["uploading", "preview", "idle"],
  uploading: ["done", "preview", "idle"],
  done: ["preparing", "preview", "idle"],
};

export function canMove(from: SessionPhase, to: SessionPhase): boolean {
  return MOVES[from].includes(to);
}

/** A recording is under way. */
export function isRunning(phase: SessionPhase): boolean {
  return phase === "recording" || phase === "paused" || phase === "interrupted";
}

/** A recording is under way, or not yet safe: the page must not be closed. */
export function isUnsafeToLeave(phase: SessionPhase): boolean {
  return isRunning(phase) || phase === "stopping" || phase === "uploading";
}

/** Sources and devices may be changed. */
export function isChoosing(phase: SessionPhase): boolean {
  return phase === "idle" || phase === "preparing" || phase === "preview";
}
