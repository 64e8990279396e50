/** The browser tests: the whole product, built, with the system's Chromium and its fake camera and microphone. */
import { defineConfig, devices } from "@playwright/test";
import { CHROMIUM_FLAGS, chromiumPath, chromiumShellPath } from "./tests/support/chromium";

/** The main job is measured in the browser that people have, with pictures as a camera gives them. */
const MAIN_JOB = "main-job.spec.ts";
/** Elsewhere fewer pictures do, and leave the cores to what is tested: encoding them is most of a browser's work. */
const SLOW_CAMERA = "--use-fake-device-for-media-stream=fps=10";

/** Likewise: with it level meters are drawn five times a second, not sixty, half of what the recording page costs without a GPU. */
const REDUCED_MOTION = { contextOptions: { reducedMotion: "reduce" as const } };

const browser = (executablePath: string, ...flags: string[]) => ({
  launchOptions: { executablePath, args: [...CHROMIUM_FLAGS, ...flags] },
});

export default defineConfig({
  testDir: "tests/e2e",
  outputDir: "test-results/e2e",
  // Each with a product of its own (tests/support/product-test.ts); much of the time is waiting.
  workers: 3,
  forbidOnly: true,
  // A test hangs after this long; recording and compiling take seconds, and four times as many on a machine that is shared.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: "list",
  use: {
    ...devices["Desktop Chrome"],
    permissions: ["camera", "microphone"],
    // Tracing doubles what a test costs; `--trace on` for one that is to be understood.
    trace: "off",
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "main job", testMatch: MAIN_JOB, use: browser(chromiumPath()) },
    { name: "product", testIgnore: MAIN_JOB, use: { ...browser(chromiumShellPath(), SLOW_CAMERA), ...REDUCED_MOTION } },
  ],
});
