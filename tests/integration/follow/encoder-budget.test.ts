/** What encoding costs on this machine is measured with the real FFmpeg. */
import { expect, test } from "vitest";
import { loadConfig } from "@/lib/server/config/load";
import { createLog } from "@/lib/server/log";
import { testEnvironment } from "@/tests/support/environment";
import { EncoderBudget } from "@/worker/follow/encoder-budget";

const HD = { width: 1280, height: 720 };

test("a slower preset costs more, and a larger picture in proportion", async () => {
  const config = loadConfig(testEnvironment());
  const budget = new EncoderBudget(config, createLog("test", "silent"));
  // Between the two lies a factor of five and more.
  const [quick, slow] = [await budget.coresFor("ultrafast", HD), await budget.coresFor("medium", HD)];
  expect(quick).toBeGreaterThan(0);
  expect(slow).toBeGreaterThan(quick);
  expect(await budget.coresFor("medium", { width: 640, height: 360 })).toBeCloseTo(slow / 4, 5);
});
