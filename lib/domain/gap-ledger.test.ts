import { expect, test } from "vitest";
import { type LedgerGap, missingSecondsByCause, takeGapCause, withInterruptions } from "@/lib/domain/gap-ledger";

const gap = (kind: LedgerGap["kind"], fromMs: number, toMs: number, more: Partial<LedgerGap> = {}): LedgerGap => ({
  ...{ kind, fromMs, toMs, code: "damaged", cause: "Part of it never arrived." },
  ...more,
});

test("what the source says it missed is a gap with its words", () => {
  expect(withInterruptions([], [{ kind: "audio", fromMs: 1000, toMs: 2000, code: "device_lost" }])).toEqual([
    {
      kind: "audio",
      fromMs: 1000,
      toMs: 2000,
      code: "device_lost",
      cause: "The camera or the microphone was unplugged or taken away.",
    },
  ]);
});

test("what was found out and said by the source is told once, with the source's cause", () => {
  const told = withInterruptions(
    [gap("video", 1000, 5000), gap("audio", 1000, 5000), gap("video", 8000, 9000)],
    [{ kind: "video", fromMs: 900, toMs: 4000, code: "suspended" }],
  );
  expect(told.map(({ kind, fromMs, toMs, code }) => [kind, fromMs, toMs, code])).toEqual([
    ["video", 900, 4000, "suspended"],
    ["audio", 1000, 5000, "damaged"],
    ["video", 4000, 5000, "damaged"],
    ["video", 8000, 9000, "damaged"],
  ]);
});

test("an interruption within a gap leaves what lies before and after it, but no splinters", () => {
  const told = withInterruptions(
    [gap("audio", 0, 10_000)],
    [{ kind: null, fromMs: 100, toMs: 6000, code: "suspended" }],
  );
  expect(told.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [100, 6000],
    [6000, 10_000],
  ]);
});

test("the gap before a take stays whole: it says where the take begins", () => {
  const before = gap(null, 1000, 1000, { take: 2, missingMs: 9000 });
  expect(withInterruptions([before], [{ kind: null, fromMs: 0, toMs: 2000, code: "suspended" }])).toContain(before);
});

test("seconds that are missing are counted once for each cause, cut ones too", () => {
  const seconds = missingSecondsByCause([
    gap("video", 0, 4000),
    gap("audio", 2000, 5000),
    gap("audio", 3000, 3500),
    gap("video", 10_000, 11_000),
    gap(null, 20_000, 20_000, { code: "page_closed", take: 2, missingMs: 30_000 }),
    gap(null, 40_000, 50_000, { code: "page_closed", take: 3 }),
  ]);
  expect([...seconds]).toEqual([
    ["damaged", 6],
    ["page_closed", 40],
  ]);
});

test("the words of a gap before a take say what of it was left out", () => {
  const words = (heldMs: number, missingMs: number) => takeGapCause("suspended", { heldMs, missingMs });
  expect(words(5000, 5000)).toBe("The computer slept.");
  expect(words(0, 0)).toBe("The computer slept.");
  expect(words(0, 75_000)).toBe("The computer slept. The 1 min 15 s that are missing were left out.");
  expect(words(3_600_000, 11_100_000)).toBe(
    "The computer slept. Of 3 h 5 min that are missing, 2 h 5 min were left out.",
  );
});
