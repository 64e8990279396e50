/**
 * The states of a camera that is recorded around the clock. Whether it is to be recorded is `wanted`; this is what comes
 * of it:
 *
 *   stopped ──► waiting ──► connecting ──► recording
 *      ▲           ▲            ▲  │           │
 *      │           │            │  ▼           ▼
 *      └───────────┴────────── retrying ◄──────┘     (waiting: no worker has it; retrying: pausing after a failure)
 */

export const CAMERA_STATES = ["stopped", "waiting", "connecting", "recording", "retrying"] as const;
export type CameraState = (typeof CAMERA_STATES)[number];

/** @returns `waiting` for a state of another version */
export function cameraState(text: string): CameraState {
  return (CAMERA_STATES as readonly string[]).includes(text) ? (text as CameraState) : "waiting";
}
