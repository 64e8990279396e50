/** Opens what was chosen: the tracks to record, what to show of them, and word when one of them ends. */
import {
  type CaptureDevice,
  type CaptureProblem,
  captureProblem,
  insecureContextProblem,
  unsupportedProblem,
} from "@/lib/client/capture/capture-problem";
import { type Choices, needsOf } from "@/lib/client/capture/choices";
import { composeCorner } from "@/lib/client/capture/corner";
import { isDenied, isMissing } from "@/lib/client/capture/devices";
import { mixSound } from "@/lib/client/capture/sound-mix";
import { browserOf } from "@/lib/client/record/browser";
import { chooseMimeType } from "@/lib/client/record/mime-types";

/** Beyond this, encoding 30 frames a second is too much for a laptop; larger screens are scaled down by the browser. */
const SCREEN_LIMIT = { widthPx: 2560, heightPx: 1440 };
const FRAMES_PER_SECOND = 30;

export interface Capture {
  /** What is recorded; null: no such track. */
  video: MediaStreamTrack | null;
  audio: MediaStreamTrack | null;
  /** The microphone itself, also when it is only part of the sound. */
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  /** What is shared, as it comes: without a camera in its corner. */
  screen: MediaStreamTrack | null;
  /** The sound of what is shared; null where none came. */
  systemSound: MediaStreamTrack | null;
  /** Switches the microphone off and on; while it is off, silence is recorded in its place. */
  setMuted(isMuted: boolean): void;
  /** @param kept goes on, for another capture that has it */
  stop(kept?: SharedScreen | null): void;
}

/** What was shared and cannot be asked for again without the user. */
export type SharedScreen = Pick<Capture, "screen" | "systemSound">;

export type CaptureEnd =
  /** What is being recorded is over. */
  | "screen"
  | "camera"
  | "microphone"
  /** Part of it is gone, the rest goes on. */
  | "camera-corner"
  | "microphone-in-mix";

/** Thrown by {@link openCapture}; `problem` is for the user. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  readonly problem: CaptureProblem;

  constructor(problem: CaptureProblem, cause?: unknown) {
    super(problem.title, { cause });
    this.problem = problem;
  }
}

/** Whether this page may have devices at all: it must be on HTTPS or localhost. */
export function canCapture(): boolean {
  return window.isSecureContext && navigator.mediaDevices !== undefined;
}

/**
 * Asks for devices and screen. For a screen it must be called from a click or key press.
 *
 * @param onEnd a device was unplugged, or the sharing was ended in the browser's own bar
 * @param kept what is shared already, and is not asked for again
 * @throws {CaptureError}
 */
export async function openCapture(
  choices: Choices,
  onEnd: (end: CaptureEnd) => void,
  kept: SharedScreen | null = null,
): Promise<Capture> {
  const needs = needsOf(choices);
  if (!canCapture()) {
    throw new CaptureError(insecureContextProblem(window.location.origin));
  }
  if (typeof MediaRecorder === "undefined" || chooseMimeType("audio") === null) {
    throw new CaptureError(unsupportedProblem("anything"));
  }
  if (needs.screen && navigator.mediaDevices.getDisplayMedia === undefined) {
    throw new CaptureError(unsupportedProblem("the screen"));
  }

  const opened: (() => void)[] = [];
  const tracks: MediaStreamTrack[] = [];
  const gone = new AbortController();
  const stopAll = (without: SharedScreen | null = null) => {
    gone.abort();
    for (const stop of opened.splice(0).reverse()) stop();
    for (const track of tracks) if (track !== without?.screen && track !== without?.systemSound) track.stop();
  };
  const keep = (stream: MediaStream | null) => {
    tracks.push(...(stream?.getTracks() ?? []));
    return stream;
  };
  try {
    // The screen first: its dialog is only allowed right after the click.
    const shared = kept ?? screenOf(keep(needs.screen ? await openScreen(choices) : null));
    const devices = keep(await openDevices(choices, needs));
    const { screen, systemSound } = shared;
    const camera = devices?.getVideoTracks()[0] ?? null;
    const microphone = devices?.getAudioTracks()[0] ?? null;

    let video = screen ?? camera;
    if (screen !== null && camera !== null) {
      const composition = await composeCorner(screen, camera);
      opened.push(composition.stop);
      video = composition.track;
    }
    let audio = microphone ?? systemSound;
    if (microphone !== null && systemSound !== null) {
      const mix = mixSound([microphone, systemSound]);
      opened.push(mix.stop);
      audio = mix.track;
    }
    const { signal } = gone;
    screen?.addEventListener("ended", () => onEnd("screen"), { signal });
    camera?.addEventListener("ended", () => onEnd(video === camera ? "camera" : "camera-corner"), { signal });
    microphone?.addEventListener("ended", () => onEnd(audio === microphone ? "microphone" : "microphone-in-mix"), {
      signal,
    });
    // What was kept belongs to this capture from now on.
    for (const track of [kept?.screen, kept?.systemSound]) if (track != null) tracks.push(track);
    return {
      video,
      audio,
      microphone,
      camera,
      screen,
      systemSound,
      setMuted(isMuted) {
        if (microphone !== null) microphone.enabled = !isMuted;
      },
      stop: stopAll,
    };
  } catch (error) {
    stopAll();
    throw error;
  }
}

function screenOf(stream: MediaStream | null): SharedScreen {
  return { screen: stream?.getVideoTracks()[0] ?? null, systemSound: stream?.getAudioTracks()[0] ?? null };
}

/**
 * What can still be recorded after something has ended.
 *
 * @param end what has; null: nothing that is known of
 */
export function remainingTracks(capture: Capture, end: CaptureEnd | null): MediaStreamTrack[] {
  const { video, audio, camera, systemSound } = capture;
  // A canvas lives on when the screen that it shows has ended; the camera in its corner is a picture of its own.
  const picture = end === "screen" ? camera : video;
  // The sound of what was shared ends with it, a moment later.
  const sound = end === "screen" && audio === systemSound ? null : audio;
  return [picture, sound].filter((track) => track !== null).filter(({ readyState }) => readyState === "live");
}

/** What of a capture has ended; null: nothing. */
export function endOf({ screen, camera, microphone, video, audio }: Capture): CaptureEnd | null {
  if (screen?.readyState === "ended") return "screen";
  if (camera?.readyState === "ended") return video === camera ? "camera" : "camera-corner";
  if (microphone?.readyState === "ended") return audio === microphone ? "microphone" : "microphone-in-mix";
  return null;
}

async function openScreen({ withSystemSound }: Choices): Promise<MediaStream> {
  // Newer than TypeScript's types: offers this browser's other tabs, the system's sound, and a change of the tab.
  const options: DisplayMediaStreamOptions & Record<string, unknown> = {
    video: {
      width: { max: SCREEN_LIMIT.widthPx },
      height: { max: SCREEN_LIMIT.heightPx },
      frameRate: { max: FRAMES_PER_SECOND },
    },
    audio: withSystemSound ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false } : false,
    systemAudio: "include",
    surfaceSwitching: "include",
    selfBrowserSurface: "exclude",
  };
  try {
    return await navigator.mediaDevices.getDisplayMedia(options);
  } catch (error) {
    throw problemOf(error, ["screen"]);
  }
}

async function openDevices(choices: Choices, needs: ReturnType<typeof needsOf>): Promise<MediaStream | null> {
  const { cameraId, microphoneId, cameraHeightPx } = choices;
  const video: MediaTrackConstraints = {
    ...(cameraId === "" ? {} : { deviceId: { ideal: cameraId } }),
    // Even, as H.264 wants it.
    width: { ideal: 2 * Math.round((cameraHeightPx * 8) / 9) },
    height: { ideal: cameraHeightPx },
    frameRate: { ideal: FRAMES_PER_SECOND },
  };
  const audio: MediaTrackConstraints = {
    ...(microphoneId === "" ? {} : { deviceId: { ideal: microphoneId } }),
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  };
  const devices: CaptureDevice[] = [
    ...(needs.camera ? ["camera" as const] : []),
    ...(needs.microphone ? ["microphone" as const] : []),
  ];
  if (devices.length === 0) return null;
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: needs.camera ? video : false,
      audio: needs.microphone ? audio : false,
    });
  } catch (error) {
    throw problemOf(error, await toBlame(error, devices));
  }
}

/** Of several devices that were asked for together, those that the error is about, as far as it can be found out. */
async function toBlame(thrown: unknown, devices: readonly CaptureDevice[]): Promise<readonly CaptureDevice[]> {
  const name = thrown instanceof Error ? thrown.name : "";
  const isToBlame = await Promise.all(
    devices.map((device) => {
      if (device === "screen") return false;
      if (name === "NotFoundError") return isMissing(device);
      return name === "NotAllowedError" && isDenied(device);
    }),
  );
  const blamed = devices.filter((_, index) => isToBlame[index]);
  return blamed.length > 0 ? blamed : devices;
}

function problemOf(thrown: unknown, devices: readonly CaptureDevice[]): CaptureError {
  return new CaptureError(
    captureProblem(thrown, {
      devices,
      browser: browserOf(navigator.userAgent),
      isMac: /Mac/.test(navigator.platform),
    }),
    thrown,
  );
}
