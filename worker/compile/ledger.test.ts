import { expect, test } from "vitest";
import type { PlacedMeasuredTake } from "@/worker/compile/join-takes";
import { gapsOfRecording, withLostTracks } from "@/worker/compile/ledger";

const take = (number: number, cause: string | null, expectedTracks: string) => ({
  ...{ recordingId: "r", number, cause, expectedTracks, startedAt: new Date(number * 10_000) },
});

/** A take of four seconds, one second after the one before it. */
const placed = (number: number, cause: string | null) =>
  ({
    take: { number, cause },
    sources: { gaps: [] },
    span: { durationMs: 4000 },
    ...{ fromMs: (number - 1) * 5000, heldMs: number === 1 ? 0 : 1000, missingMs: number === 1 ? 0 : 1000 },
  }) as unknown as PlacedMeasuredTake;

test("a microphone that is lost while the camera runs on is a gap of the sound until it is back", () => {
  const takes = [
    take(1, null, "video,audio"),
    take(2, "device_lost", "video"),
    take(3, "suspended", "video"),
    take(4, "device_lost", "video,audio"),
  ];
  const all = takes.map(({ number, cause }) => placed(number, cause));
  const gaps = gapsOfRecording(all, all, withLostTracks({ takes }, []));
  expect(gaps.map(({ kind, fromMs, toMs, code }) => [kind, fromMs, toMs, code])).toEqual([
    [null, 4000, 5000, "device_lost"],
    ["audio", 5000, 9000, "device_lost"],
    [null, 9000, 10_000, "suspended"],
    ["audio", 10_000, 14_000, "device_lost"],
    [null, 14_000, 15_000, "device_lost"],
  ]);
});

test("an interruption without an end lasts as long as its take", () => {
  const all = [placed(1, null), placed(2, "device_lost")];
  const noted = { takeNumber: 1, kind: "audio", fromMs: 1500, toMs: 2 ** 31 - 1, code: "device_lost" };
  const gaps = gapsOfRecording(all, all, withLostTracks({ takes: [] }, [noted]));
  expect(gaps[0]).toMatchObject({ kind: "audio", fromMs: 1500, toMs: 4000, code: "device_lost" });
});
