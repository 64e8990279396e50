import { expect, test } from "vitest";
import { finishStep } from "@/components/recorder/finish-step";

const RUN = { ackedBytes: 30, recordedBytes: 120, sendMs: null, connection: "connected", isDegraded: false } as const;
type Recording = Parameters<typeof finishStep>[2];

function after(recording: Partial<NonNullable<Recording>> & Pick<NonNullable<Recording>, "state">) {
  return finishStep(RUN, true, { progress: null, failure: null, ...recording });
}

test("until the server has everything, only that counts", () => {
  const ready = { state: "ready", progress: null, failure: null } as const;
  expect(finishStep(RUN, false, ready)).toMatchObject({ name: "uploading", fraction: 0.25, canCompile: false });
  expect(finishStep({ ...RUN, ackedBytes: 0, recordedBytes: 0 }, false, null).fraction).toBe(0);
});

test("what is left to send is said, with the time it takes once that was measured", () => {
  expect(finishStep(RUN, false, null).text).toContain("90 bytes left. Keep this page open, or come back later");
  expect(finishStep({ ...RUN, sendMs: 40_000 }, false, null).text).toContain("90 bytes left, about 40 seconds.");
  expect(finishStep({ ...RUN, isDegraded: true }, false, null).text).toContain("Keep this page open until");
});

test("then it waits, compiles with an estimate, and is ready", () => {
  expect(finishStep(RUN, true, null)).toMatchObject({ name: "waiting", fraction: "unknown" });
  const compiling = { phase: "compiling", fraction: 0.5, etaMs: 40_000 } as const;
  expect(after({ state: "compiling", progress: compiling })).toMatchObject({ name: "compiling", fraction: 0.5 });
  expect(after({ state: "compiling", progress: compiling }).text).toContain("about 40 seconds left");
  expect(after({ state: "ready" })).toMatchObject({ name: "ready", fraction: null, canCompile: false });
});

test("a recording that is not compiled by itself, and one that failed, can be compiled", () => {
  expect(after({ state: "stopped" })).toMatchObject({ name: "uncompiled", canCompile: true });
  const failed = after({ state: "failed", failure: { code: "x", message: "The picture is damaged." } });
  expect(failed).toMatchObject({ name: "failed", canCompile: true });
  expect(failed.text).toBe("The picture is damaged. What was recorded is kept.");
});
