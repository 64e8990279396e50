import { expect, test } from "vitest";
import type { CompileProgress } from "@/lib/protocol/recordings";
import { ProgressMeter } from "@/worker/compile/progress-meter";

function meter() {
  const reports: CompileProgress[] = [];
  const clock = { nowMs: 0 };
  return {
    reports,
    clock,
    progress: new ProgressMeter(
      (report) => reports.push(report),
      () => clock.nowMs,
    ),
  };
}

test("phases follow one another and the fraction never goes back, also when a phase begins again", () => {
  const { reports, clock, progress } = meter();
  progress.begin("probing", 0.1);
  progress.begin("compiling", 0.6);
  clock.nowMs = 1000;
  progress.update(0.5);
  clock.nowMs = 2000;
  progress.update(0.2);
  progress.update(7);
  progress.begin("checking", 0.9);
  // The copy did not pass its check: the picture is encoded, which is to take until 0.88.
  progress.begin("compiling", 0.88);
  progress.begin("finishing", 1);
  const fractions = reports.map(({ fraction }) => Math.round(fraction * 100) / 100);
  expect(fractions).toEqual([0, 0.1, 0.35, 0.35, 0.6, 0.9, 0.9]);
  expect(reports.at(-1)?.phase).toBe("finishing");
});

test("within a phase it reports twice a second at most", () => {
  const { reports, clock, progress } = meter();
  progress.begin("compiling", 1);
  for (clock.nowMs = 0; clock.nowMs < 2000; clock.nowMs += 10) progress.update(clock.nowMs / 2000);
  expect(reports).toHaveLength(1 + 3);
});

test("the estimate is what is left at the pace so far, once there is something to go by", () => {
  const { reports, clock, progress } = meter();
  progress.begin("compiling", 1);
  expect(reports[0]?.etaMs).toBeNull();
  clock.nowMs = 3000;
  progress.update(0.25);
  expect(reports[1]).toMatchObject({ fraction: 0.25, etaMs: 9000 });
});
