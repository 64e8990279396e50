/** The browser of the tests: the system's Chromium, with a fake camera and microphone. */
import { findChromium } from "@/bin/setup/find-program.mjs";

/** @throws when there is none */
export function chromiumPath(): string {
  const found = findChromium();
  if (found === null) throw new Error("There is no Chromium; bin/test installs one, CHROMIUM_PATH names another.");
  return found;
}

export const CHROMIUM_FLAGS = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ...["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
];
