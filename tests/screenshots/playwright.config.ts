/** Takes pictures of every page, to be looked at: `npm run screenshots`. They land in test-results/pages. */
import { defineConfig } from "@playwright/test";
import { CHROMIUM_FLAGS, chromiumPath } from "@/tests/support/chromium";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../../test-results/screenshots",
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: "list",
  use: {
    launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_FLAGS },
    permissions: ["camera", "microphone"],
  },
});
