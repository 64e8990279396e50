import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Countdown } from "@/lib/client/session/countdown";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("it says each second and resolves at zero", async () => {
  const ticks: number[] = [];
  const done = vi.fn();
  void new Countdown(3, (left) => ticks.push(left)).done.then(done);
  await vi.advanceTimersByTimeAsync(2999);
  expect(ticks).toEqual([3, 2, 1]);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ticks).toEqual([3, 2, 1, 0]);
  expect(done).toHaveBeenCalled();
});

test("ended early it resolves at once and says nothing more", async () => {
  const ticks: number[] = [];
  const countdown = new Countdown(10, (left) => ticks.push(left));
  countdown.end();
  await countdown.done;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(ticks).toEqual([10]);
});

test("a countdown of zero does not wait", async () => {
  await new Countdown(0, () => {}).done;
});
