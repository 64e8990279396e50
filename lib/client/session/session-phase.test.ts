import { expect, test } from "vitest";
import { canMove, isChoosing, isUnsafeToLeave, SESSION_PHASES } from "@/lib/client/session/session-phase";

test("every phase can be left, and every phase is reached from idle", () => {
  const reached = new Set<string>(["idle"]);
  for (const from of reached) {
    for (const to of SESSION_PHASES) if (canMove(from as (typeof SESSION_PHASES)[number], to)) reached.add(to);
  }
  expect([...reached].sort()).toEqual([...SESSION_PHASES].sort());
  for (const from of SESSION_PHASES) expect(SESSION_PHASES.some((to) => to !== from && canMove(from, to))).toBe(true);
});

test("what was recorded is never left behind without stopping or discarding", () => {
  expect(canMove("recording", "done")).toBe(false);
  expect(canMove("recording", "preparing")).toBe(false);
  expect(canMove("stopping", "done")).toBe(false);
});

test("leaving is unsafe exactly while something is recorded that the server does not have", () => {
  expect(SESSION_PHASES.filter(isUnsafeToLeave)).toEqual([
    "recording",
    "paused",
    "interrupted",
    "stopping",
    "uploading",
  ]);
  expect(SESSION_PHASES.filter(isChoosing)).toEqual(["idle", "preparing", "preview"]);
});
