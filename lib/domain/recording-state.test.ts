/** The states of a recording, as a whole. */
import { expect, test } from "vitest";
import { canMove, RECORDING_STATES, statesBefore } from "@/lib/domain/recording-state";

test("every state but the first can be reached, and every one can be left", () => {
  for (const state of RECORDING_STATES) {
    expect(statesBefore(state).length).toBeGreaterThan(0);
    expect(RECORDING_STATES.some((to) => canMove(state, to))).toBe(true);
  }
});

test("nothing becomes ready but by a compilation", () => {
  expect(statesBefore("ready")).toEqual(["compiling"]);
});
