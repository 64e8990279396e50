import { expect, test } from "vitest";
import { SnapshotClock } from "@/lib/domain/snapshot-clock";

const EPOCH = 1_700_000_000_000;
/** Five a second for a minute: when each is taken. */
const TAKEN = Array.from({ length: 300 }, (_, index) => index * 200);

/** @param claimed what the source's clock shows at a true time */
function run(claimed: (trueMs: number) => number, delay: (trueMs: number) => number = () => 20): number[] {
  const clock = new SnapshotClock();
  return TAKEN.map((ms) => clock.place({ capturedMs: EPOCH + claimed(ms), ageMs: 0 }, 5000 + ms + delay(ms)));
}

test("an honest clock is right to the millisecond, however late what it says arrives", () => {
  let seed = 1;
  const jitter = () => (seed = (seed * 48271) % 2147483647) % 200;
  expect(
    run(
      (ms) => ms,
      (ms) => (ms === 0 ? 200 : jitter()),
    ),
  ).toEqual(TAKEN);
});

test("what was kept through an outage is where it was", () => {
  const clock = new SnapshotClock();
  clock.place({ capturedMs: EPOCH, ageMs: 0 }, 1000);
  // Away for a minute: all of it comes at once.
  const late = TAKEN.slice(1).map((ms) => clock.place({ capturedMs: EPOCH + ms, ageMs: 60_000 - ms }, 61_000));
  expect(late).toEqual(TAKEN.slice(1));
});

test.each([
  ["runs twice as fast", (ms: number) => 2 * ms],
  ["runs at half the speed", (ms: number) => ms / 2],
  ["stands still", () => 0],
  ["leaps forward by a day", (ms: number) => ms + (ms > 20_000 ? 86_400_000 : 0)],
  ["leaps back by a day", (ms: number) => ms - (ms > 20_000 ? 86_400_000 : 0)],
])("a clock that %s is held by the server's", (_name, claimed) => {
  const placed = run(claimed);
  for (const [index, ms] of placed.entries()) {
    expect(Math.abs(ms - (TAKEN[index] as number))).toBeLessThanOrEqual(3100);
    if (index > 0) expect(ms).toBeGreaterThan(placed[index - 1] as number);
  }
});

test("a source that says nothing of time is taken as it arrives, and the end is the server's", () => {
  const clock = new SnapshotClock();
  expect([100, 300, 520].map((ms) => clock.place(null, ms))).toEqual([0, 200, 420]);
  expect(clock.end(null, 1100)).toBe(1000);
});

test("after a restart of the server the source's clock goes on exactly", () => {
  const clock = SnapshotClock.resume({ atMs: 10_000, capturedMs: EPOCH + 10_000, sinceMs: 1300 }, 77_000);
  expect(clock.place({ capturedMs: EPOCH + 11_400, ageMs: 100 }, 77_210)).toBe(11_400);
});
