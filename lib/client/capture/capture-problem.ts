/** Why the browser gives no camera, microphone or screen, in words, with what to do about it. */
import type { Browser } from "@/lib/client/record/browser";

export type CaptureDevice = "camera" | "microphone" | "screen";

export interface CaptureProblem {
  code: "insecure" | "unsupported" | "denied" | "dismissed" | "not-found" | "busy" | "unfit" | "unknown";
  title: string;
  /** What happened. */
  explanation: string;
  /** What to do, step by step; empty when there is nothing but to try again. */
  steps: string[];
}

interface Circumstances {
  /** What was asked for. */
  devices: readonly CaptureDevice[];
  browser: Browser;
  /** Whether the machine is a Mac: it has a permission of its own for each browser. */
  isMac: boolean;
}

/** The page is neither on HTTPS nor on localhost: browsers then have no devices at all (Secure Contexts §3). */
export function insecureContextProblem(origin: string): CaptureProblem {
  return {
    code: "insecure",
    title: "Recording needs HTTPS",
    explanation: `Browsers give cameras, microphones and screens only to secure pages, and ${origin} is not one.`,
    steps: [
      "Open Tapedeck through an address that begins with https://, for instance behind a reverse proxy with a certificate.",
      "On the machine Tapedeck runs on, http://localhost works too.",
    ],
  };
}

/** The browser has no way to record this at all, as phones have none for their screen. */
export function unsupportedProblem(what: string): CaptureProblem {
  return {
    code: "unsupported",
    title: `This browser cannot record ${what}`,
    explanation: `It has no way for a page to record ${what}.`,
    steps: [
      what === "the screen"
        ? "Use Chrome, Edge, Firefox or Safari on a computer. Phones and tablets do not share their screen with pages."
        : "Use a current Chrome, Edge, Firefox or Safari.",
    ],
  };
}

/**
 * @param thrown by getUserMedia or getDisplayMedia (Media Capture and Streams §10.2.1, Screen Capture §5.1)
 */
export function captureProblem(thrown: unknown, circumstances: Circumstances): CaptureProblem {
  const name = thrown instanceof Error ? thrown.name : "";
  const what = listOf(circumstances.devices);
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return circumstances.devices.includes("screen") ? notShared(circumstances) : denied(circumstances);
    case "NotFoundError":
      return {
        code: "not-found",
        title: `No ${what} found`,
        explanation: `The browser does not see a ${what}.`,
        steps: [
          "Plug one in, or switch it on.",
          "If it is plugged in, check that the system sees it, then try again.",
          ...(circumstances.devices.includes("camera") ? [] : ["Or record without it: switch the microphone off."]),
        ],
      };
    case "NotReadableError":
    case "AbortError":
      return {
        code: "busy",
        title: `The ${what} cannot be used`,
        explanation: "It is there, but another program has it, or the system does not let the browser have it.",
        steps: [
          "Close other programs and tabs that use it, video calls above all.",
          ...(circumstances.isMac ? [macStep(circumstances)] : []),
          "Unplug it and plug it in again.",
        ],
      };
    case "OverconstrainedError":
      return {
        code: "unfit",
        title: `The ${what} does not fit`,
        explanation: "The chosen device is gone, or it cannot do what was chosen.",
        steps: ["Choose another device."],
      };
    default:
      return {
        code: "unknown",
        title: `The ${what} did not start`,
        explanation: name === "" ? "The browser does not say why." : `The browser says: ${name}.`,
        steps: [],
      };
  }
}

function denied(circumstances: Circumstances): CaptureProblem {
  const { devices, browser, isMac } = circumstances;
  const what = listOf(devices);
  const steps: Record<Browser, string[]> = {
    chromium: [
      "Click the icon at the left end of the address bar.",
      `Switch on ${devices.map(capitalised).join(" and ")}.`,
      "Press Try again; the browser may want the page to be reloaded.",
    ],
    firefox: [
      "Click the crossed-out icon at the left end of the address bar.",
      "Press the × beside Blocked Temporarily or Blocked.",
      "Press Try again and choose Allow.",
    ],
    safari: [
      "Choose Safari ▸ Settings for This Website… in the menu bar (aA ▸ Website Settings on an iPhone or iPad).",
      `Set ${devices.map(capitalised).join(" and ")} to Allow.`,
      "Press Try again.",
    ],
    other: ["Open the browser's permissions of this page.", `Allow the ${what}.`, "Press Try again."],
  };
  return {
    code: "denied",
    title: `The ${what} ${devices.length > 1 ? "are" : "is"} blocked`,
    explanation: `This browser has been told not to let this page use the ${what}.`,
    steps: [...steps[browser], ...(isMac ? [macStep(circumstances)] : [])],
  };
}

/** Cancelling the dialog and a system that forbids it look the same to a page. */
function notShared({ isMac }: Circumstances): CaptureProblem {
  return {
    code: "dismissed",
    title: "Nothing was shared",
    explanation: "The browser's dialog was closed without choosing a screen, window or tab.",
    steps: isMac
      ? [
          "If you did choose one: open System Settings ▸ Privacy & Security ▸ Screen & System Audio Recording, switch your browser on, and start it again.",
        ]
      : [],
  };
}

function macStep({ devices }: Circumstances): string {
  const panes = devices.map((device) =>
    device === "screen" ? "Screen & System Audio Recording" : capitalised(device),
  );
  return `If that is not it: System Settings ▸ Privacy & Security ▸ ${panes.join(" and ")}, and switch your browser on.`;
}

function listOf(devices: readonly CaptureDevice[]): string {
  return devices.join(" and ");
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
