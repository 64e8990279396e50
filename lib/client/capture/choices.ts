/** What a user chooses before recording. Remembered by this browser. */

export const SOURCES = ["camera", "screen", "screen-camera", "microphone"] as const;
/**
 * Camera; a screen, window or tab; the same with the camera in a corner; sound alone. All but the last may be with or
 * without the microphone.
 */
export type CaptureSource = (typeof SOURCES)[number];

export const COUNTDOWNS_S = [0, 3, 5, 10] as const;
/** The least is for slow computers and narrow uplinks. */
export const CAMERA_HEIGHTS_PX = [480, 720, 1080] as const;

export interface Choices {
  source: CaptureSource;
  /** Device ids; "": the system's default. */
  cameraId: string;
  microphoneId: string;
  /** Records the microphone along with a picture. */
  withMicrophone: boolean;
  /** Records the sound of what is shared, where the browser offers it. */
  withSystemSound: boolean;
  /** Seconds between pressing record and recording; 0: none. */
  countdownS: (typeof COUNTDOWNS_S)[number];
  /** Largest height of the camera's picture in pixels. */
  cameraHeightPx: (typeof CAMERA_HEIGHTS_PX)[number];
}

export const DEFAULT_CHOICES: Choices = {
  source: "camera",
  cameraId: "",
  microphoneId: "",
  withMicrophone: true,
  withSystemSound: true,
  countdownS: 3,
  cameraHeightPx: 720,
};

const STORAGE_KEY = "tapedeck.recorder";

/** The choices of last time; whatever is not valid any more is replaced by its default. */
export function rememberedChoices(storage: Pick<Storage, "getItem"> = localStorage): Choices {
  try {
    return validChoices(JSON.parse(storage.getItem(STORAGE_KEY) ?? "null"));
  } catch {
    // Storage can be forbidden, and its content can be anything.
    return DEFAULT_CHOICES;
  }
}

export function rememberChoices(choices: Choices, storage: Pick<Storage, "setItem"> = localStorage): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify(choices));
  } catch {
    // Then they are asked for again next time.
  }
}

function validChoices(stored: unknown): Choices {
  if (typeof stored !== "object" || stored === null) return DEFAULT_CHOICES;
  const given = stored as Partial<Record<keyof Choices, unknown>>;
  const text = (value: unknown) => (typeof value === "string" && value.length <= 500 ? value : "");
  const flag = (value: unknown, fallback: boolean) => (typeof value === "boolean" ? value : fallback);
  const oneOf = <T>(values: readonly T[], value: unknown, fallback: T) => values.find((it) => it === value) ?? fallback;
  return {
    source: oneOf(SOURCES, given.source, DEFAULT_CHOICES.source),
    cameraId: text(given.cameraId),
    microphoneId: text(given.microphoneId),
    withMicrophone: flag(given.withMicrophone, DEFAULT_CHOICES.withMicrophone),
    withSystemSound: flag(given.withSystemSound, DEFAULT_CHOICES.withSystemSound),
    countdownS: oneOf(COUNTDOWNS_S, given.countdownS, DEFAULT_CHOICES.countdownS),
    cameraHeightPx: oneOf(CAMERA_HEIGHTS_PX, given.cameraHeightPx, DEFAULT_CHOICES.cameraHeightPx),
  };
}

/** Which devices and dialogs a source needs. */
export function needsOf({ source, withMicrophone }: Pick<Choices, "source" | "withMicrophone">) {
  return {
    camera: source === "camera" || source === "screen-camera",
    screen: source === "screen" || source === "screen-camera",
    microphone: source === "microphone" || withMicrophone,
  };
}
