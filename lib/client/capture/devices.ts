/** The cameras and microphones there are. */

export interface Device {
  id: string;
  label: string;
}

export interface Devices {
  cameras: Device[];
  microphones: Device[];
}

export const NO_DEVICES: Devices = { cameras: [], microphones: [] };

/** Chromium lists the system's default a second time under these ids; here the default has no id. */
const ALIASES = new Set(["", "default", "communications"]);

/**
 * Browsers name devices only once one of them was allowed; before that there is one without a name for each kind there
 * is, which is left out.
 */
export async function listDevices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const ofKind = (kind: MediaDeviceKind) =>
    all
      .filter((device) => device.kind === kind && !ALIASES.has(device.deviceId) && device.label !== "")
      .map(({ deviceId, label }) => ({ id: deviceId, label: tidyLabel(label) }));
  return { cameras: ofKind("videoinput"), microphones: ofKind("audioinput") };
}

/** Without the numbers of maker and model that Chromium appends: `HD Webcam (046d:0825)`. */
function tidyLabel(label: string): string {
  return label.replace(/\s*\([0-9a-f]{4}:[0-9a-f]{4}\)$/i, "");
}

/** Calls back when something is plugged in or out. @returns ends it */
export function watchDevices(onChange: () => void): () => void {
  navigator.mediaDevices?.addEventListener("devicechange", onChange);
  return () => navigator.mediaDevices?.removeEventListener("devicechange", onChange);
}

/** Whether the browser lets the page have the device without asking. */
export async function isAllowed(device: "camera" | "microphone"): Promise<boolean> {
  return (await permissionOf(device)) === "granted";
}

/** Whether the browser has been told never to let the page have the device. */
export async function isDenied(device: "camera" | "microphone"): Promise<boolean> {
  return (await permissionOf(device)) === "denied";
}

/** Whether there is a device such as was chosen. @param id "": any will do */
export async function isThere(device: "camera" | "microphone", id: string): Promise<boolean> {
  const kind = device === "camera" ? "videoinput" : "audioinput";
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.some((each) => each.kind === kind && (id === "" || each.deviceId === id));
}

/** Whether there is no such device at all. */
export async function isMissing(device: "camera" | "microphone"): Promise<boolean> {
  const kind = device === "camera" ? "videoinput" : "audioinput";
  return (await navigator.mediaDevices.enumerateDevices()).every((each) => each.kind !== kind);
}

async function permissionOf(device: "camera" | "microphone"): Promise<PermissionState | "unknown"> {
  try {
    return (await navigator.permissions.query({ name: device as PermissionName })).state;
  } catch {
    // Not every browser tells.
    return "unknown";
  }
}
