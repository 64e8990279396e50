/** The browser of the tests: the system's Chromium, with a fake camera and microphone. */
import { findChromium, findChromiumShell } from "@/bin/setup/find-program.mjs";

/** @throws when there is none */
export function chromiumPath(): string {
  return thePath(findChromium());
}

/** The same engine without a browser's own windows, where there is one: it takes a quarter less of the cores. @throws when there is none */
export function chromiumShellPath(): string {
  return thePath(findChromiumShell());
}

function thePath(found: string | null): string {
  if (found === null) throw new Error("There is no Chromium; bin/test installs one, CHROMIUM_PATH names another.");
  return found;
}

export const CHROMIUM_FLAGS = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ...["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
];
