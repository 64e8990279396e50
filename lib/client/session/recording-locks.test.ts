import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { heartbeatLock, PageLocks } from "@/lib/client/session/recording-locks";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** What pages of one browser share. */
function storage() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

async function outcomeOf(hold: Promise<() => void>, afterMs: number): Promise<"held" | "waits"> {
  let outcome: "held" | "waits" = "waits";
  void hold.then(() => {
    outcome = "held";
  });
  await vi.advanceTimersByTimeAsync(afterMs);
  return outcome;
}

test("a page holds a recording as often as it needs, and lets it go with the last", async () => {
  const release = vi.fn();
  const acquire = vi.fn(async () => release);
  const locks = new PageLocks(acquire);
  const [first, second] = await Promise.all([locks.hold("a"), locks.hold("a")]);
  expect(acquire).toHaveBeenCalledOnce();
  first?.();
  first?.();
  expect(locks.isHeldHere("a")).toBe(true);
  expect(release).not.toHaveBeenCalled();
  second?.();
  expect(locks.isHeldHere("a")).toBe(false);
  expect(release).toHaveBeenCalledOnce();
});

test("without Web Locks, a page that lives is never taken for a dead one, even hidden", async () => {
  const shared = storage();
  const live = new PageLocks(heartbeatLock(shared, "live"));
  const other = new PageLocks(heartbeatLock(shared, "other"));
  expect(await outcomeOf(live.hold("a"), 1000)).toBe("held");
  expect(await outcomeOf(other.hold("a"), 600_000)).toBe("waits");
  expect(await outcomeOf(other.hold("b"), 1000)).toBe("held");
});

test("without Web Locks, a page that ended is succeeded by exactly one", async () => {
  const shared = storage();
  shared.setItem("tapedeck.recording.a", JSON.stringify({ page: "dead", atMs: Date.now() }));
  const outcomes = ["one", "other"].map((page) => new PageLocks(heartbeatLock(shared, page)).hold("a"));
  const [one, other] = outcomes as [Promise<() => void>, Promise<() => void>];
  const early = await Promise.all([outcomeOf(one, 0), outcomeOf(other, 60_000)]);
  expect(early).toEqual(["waits", "waits"]);
  const late = await Promise.all([outcomeOf(one, 200_000), outcomeOf(other, 200_000)]);
  expect(late.sort()).toEqual(["held", "waits"]);
});

test("without Web Locks, what is let go is held by the next", async () => {
  const shared = storage();
  const waiting = new PageLocks(heartbeatLock(shared, "other"));
  const holding = new PageLocks(heartbeatLock(shared, "live")).hold("a");
  await vi.advanceTimersByTimeAsync(1000);
  const release = await holding;
  const next = waiting.hold("a");
  expect(await outcomeOf(next, 10_000)).toBe("waits");
  release();
  expect(await outcomeOf(next, 10_000)).toBe("held");
});

test("waiting ends when it is not wanted any more", async () => {
  const shared = storage();
  shared.setItem("tapedeck.recording.a", JSON.stringify({ page: "live", atMs: Date.now() + 1000 }));
  const gone = new AbortController();
  const waiting = new PageLocks(heartbeatLock(shared, "other")).hold("a", gone.signal);
  const refused = expect(waiting).rejects.toThrow(DOMException);
  gone.abort();
  await vi.advanceTimersByTimeAsync(5000);
  await refused;
});
