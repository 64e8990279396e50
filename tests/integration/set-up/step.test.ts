/** Steps of the set-up: done when something changed, and only then. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SetUpError } from "@/bin/setup/set-up-error.mjs";
import { ensure, type Step } from "@/bin/setup/step.mjs";

let folder: string;
let times: number;
const at = (name: string) => path.join(folder, name);

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  folder = await mkdtemp(path.join(tmpdir(), "tapedeck-step-"));
  await mkdir(at("sources/deep"), { recursive: true });
  await writeFile(at("sources/deep/a.ts"), "a");
  times = 0;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** A step that makes `made/output` from `sources/`, and counts. */
function step(changes: Partial<Step> = {}): Step {
  return {
    title: "Making",
    inputs: [at("sources"), at("missing")],
    ignore: /\.test\.ts$/,
    stamp: at("made/.stamp"),
    outputs: [at("made/output")],
    async run() {
      times += 1;
      await mkdir(at("made"), { recursive: true });
      await writeFile(at("made/output"), "");
      return { ok: true, lastLines: "" };
    },
    advice: "Look again.",
    ...changes,
  };
}

it("is done once while nothing changes", async () => {
  await ensure(step());
  await ensure(step());
  expect(times).toBe(1);
});

it("is done again when a file was changed, added, renamed or removed", async () => {
  await ensure(step());
  await writeFile(at("sources/deep/a.ts"), "b");
  await ensure(step());
  await writeFile(at("sources/c.ts"), "");
  await ensure(step());
  await rm(at("sources/c.ts"));
  await writeFile(at("sources/d.ts"), "");
  await ensure(step());
  await rm(at("sources/deep"), { recursive: true });
  await ensure(step());
  expect(times).toBe(5);
});

it("does not mind a change of what it ignores", async () => {
  await ensure(step());
  await writeFile(at("sources/a.test.ts"), "");
  await ensure(step());
  expect(times).toBe(1);
});

it("is done again when what it made is gone, or something else that decides is different", async () => {
  await ensure(step());
  await rm(at("made/output"));
  await ensure(step());
  await ensure(step({ facts: ["another Node"] }));
  expect(times).toBe(3);
});

it("is done again after it failed, and says why it failed", async () => {
  await ensure(step());
  await writeFile(at("sources/c.ts"), "");
  const failing = step({ run: async () => ({ ok: false, lastLines: "line 7 is wrong" }) });
  await expect(ensure(failing)).rejects.toThrow(SetUpError);
  await expect(ensure(failing)).rejects.toThrow(/line 7 is wrong.*Look again\./s);
  expect(existsSync(at("made/.stamp"))).toBe(false);
  await ensure(step());
  expect(times).toBe(2);
});
