import { describe, expect, it } from "vitest";
import { boundsOf, dayOf, fieldTime, localDays, timeOfDay } from "@/components/cameras/local-day";

describe("days of the reader", () => {
  it("begin and end at the reader's midnight", () => {
    const { fromMs, toMs } = boundsOf("2026-11-26");
    expect(fieldTime(fromMs)).toBe("2026-11-26T00:00:00");
    expect(fieldTime(toMs)).toBe("2026-11-27T00:00:00");
    expect(dayOf(toMs - 1)).toBe("2026-11-26");
  });

  it("are those that days by UTC reach into, newest first, with today and none to come", () => {
    const nowMs = boundsOf("2026-11-26").fromMs + 3_600_000;
    const days = localDays(["2026-11-26", "2026-11-20"], nowMs);
    expect(days[0]).toBe("2026-11-26");
    expect(days).toContain("2026-11-20");
    expect(days.every((day) => boundsOf(day).fromMs <= nowMs)).toBe(true);
  });

  it("have times with and without seconds", () => {
    const ms = boundsOf("2026-11-26").fromMs + 5 * 60_000 + 9000;
    expect(timeOfDay(ms)).toBe("00:05:09");
    expect(timeOfDay(ms, false)).toBe("00:05");
  });
});
