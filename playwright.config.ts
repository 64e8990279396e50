/** The browser tests: the whole product, built, with the system's Chromium and its fake camera and microphone. */
import { defineConfig, devices } from "@playwright/test";
import { CHROMIUM_FLAGS, chromiumPath } from "./tests/support/chromium";

export default defineConfig({
  testDir: "tests/e2e",
  globalSetup: "./tests/e2e/global-setup.ts",
  outputDir: "test-results/e2e",
  // One product, one database, two cores: tests take turns.
  workers: 1,
  forbidOnly: true,
  // A test hangs after this long; recording and compiling take seconds.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    ...devices["Desktop Chrome"],
    baseURL: process.env.TAPEDECK_TEST_URL,
    launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_FLAGS },
    permissions: ["camera", "microphone"],
    // Tracing doubles what a test costs; `--trace on` for one that is to be understood.
    trace: "off",
    screenshot: "only-on-failure",
  },
});
