/** Two projects: `unit` needs nothing but memory and lies beside the code; `integration` needs real parts. */
import path from "node:path";
import { defineConfig } from "vitest/config";
import { HANGS_AFTER_MS } from "./tests/support/processes.ts";

const shared = { resolve: { alias: { "@": path.resolve(import.meta.dirname) } } };
/**
 * The files that a worker is given run in one process, one after another, and what they import is loaded once: starting a
 * process for each took 15 of the 20 s of the unit tests. A test that changes what others see puts it back.
 */
const isolate = false;

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          isolate,
          include: ["{lib,server,worker,app,components}/**/*.test.ts"],
          exclude: ["**/generated/**"],
        },
      },
      {
        ...shared,
        test: {
          name: "integration",
          isolate,
          include: ["tests/{integration,structure}/**/*.test.ts"],
          globalSetup: "tests/support/bundled-processes.ts",
          // Real FFmpeg, Redis and databases on a shared machine: this is for hanging, not for slowness.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: HANGS_AFTER_MS } },
          // One more than the cores of a small machine: much of the time is waiting.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
