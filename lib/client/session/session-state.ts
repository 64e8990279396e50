/** What the recording page shows. */
import type { Capture, CaptureEnd } from "@/lib/client/capture/capture";
import type { CaptureProblem } from "@/lib/client/capture/capture-problem";
import { type Choices, DEFAULT_CHOICES } from "@/lib/client/capture/choices";
import { type Devices, NO_DEVICES } from "@/lib/client/capture/devices";
import type { RunState } from "@/lib/client/session/recording-run";
import type { SessionPhase } from "@/lib/client/session/session-phase";
import type { LittleRoom } from "@/lib/client/session/storage-room";
import type { AppError } from "@/lib/domain/errors";

export interface SessionState {
  phase: SessionPhase;
  choices: Choices;
  devices: Devices;
  /** What is open; null: nothing. */
  capture: Capture | null;
  /** Why nothing could be opened. */
  captureProblem: CaptureProblem | null;
  /** Why the recording could not begin, or something about it could not be done. */
  problem: AppError | null;
  /** Seconds until recording; 0 while the server is waited for. */
  countdownLeftS: number;
  isMuted: boolean;
  /** The microphone has given no sound for a while. */
  isSilent: boolean;
  /** What ended by itself, in words. */
  notice: string | null;
  /** What has ended of what is to be recorded, and has not come back. */
  lost: CaptureEnd | null;
  /** This browser has little room left for what the server does not have; null: enough. */
  littleRoom: LittleRoom | null;
  /** The recording whose next take is recorded next; null: a new one. */
  continued: { recordingId: string; title: string } | null;
  title: string;
  /** The recording; null: none has begun. */
  run: RunState | null;
}

/** Before the page is awake: nothing can be pressed yet. */
export const INITIAL_STATE: SessionState = {
  phase: "preparing",
  choices: DEFAULT_CHOICES,
  devices: NO_DEVICES,
  capture: null,
  captureProblem: null,
  problem: null,
  countdownLeftS: 0,
  isMuted: false,
  isSilent: false,
  notice: null,
  lost: null,
  littleRoom: null,
  continued: null,
  title: "",
  run: null,
};
