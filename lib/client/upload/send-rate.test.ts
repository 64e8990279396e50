import { expect, test } from "vitest";
import { SendRate } from "@/lib/client/upload/send-rate";

/** 200 ms steps, as the page looks. */
function feed(rate: SendRate, from: number, to: number, at: (ms: number) => [recorded: number, acked: number]) {
  for (let ms = from; ms <= to; ms += 200) {
    const [recordedBytes, ackedBytes] = at(ms);
    rate.note({ nowMs: ms, recordedBytes, ackedBytes, isConnected: true });
  }
}

test("nothing is said before anything was measured", () => {
  expect(new SendRate().timeToSendMs(false)).toBeNull();
});

test("what waits after stop takes as long as the connection needs for it", () => {
  const rate = new SendRate();
  feed(rate, 0, 4000, (ms) => [10_000_000, ms * 1000]);
  expect(rate.timeToSendMs(false)).toBeCloseTo(6000);
});

test("while recording goes on, only what the connection has to spare counts", () => {
  const rate = new SendRate();
  feed(rate, 0, 4000, (ms) => [10_000_000 + ms * 500, ms * 1000]);
  expect(rate.recordedPerMs).toBeCloseTo(500);
  expect(rate.timeToSendMs(true)).toBeCloseTo(8_000_000 / 500);
});

test("a connection slower than the recording never catches up with it", () => {
  const rate = new SendRate();
  feed(rate, 0, 4000, (ms) => [10_000_000 + ms * 500, ms * 400]);
  expect(rate.timeToSendMs(true)).toBeNull();
});

test("a connection that is gone does not count as a slow one", () => {
  const rate = new SendRate();
  feed(rate, 0, 4000, (ms) => [10_000_000, ms * 1000]);
  for (let ms = 4200; ms <= 60_000; ms += 200) {
    rate.note({ nowMs: ms, recordedBytes: 10_000_000, ackedBytes: 4_000_000, isConnected: false });
  }
  expect(rate.timeToSendMs(false)).toBeCloseTo(6000);
});
