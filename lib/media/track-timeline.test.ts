import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClockPoint, type MediaBlock, type TimelineOptions, TrackTimeline } from "@/lib/media/track-timeline";

/** Blocks of 100 bytes; a cluster begins with each that is given as a key frame. */
function blocksAt(times: (number | { key: number })[]): MediaBlock[] {
  let clusterStartBytes = 0;
  return times.map((time, index) => {
    const keyframe = typeof time === "object";
    const startBytes = index * 100;
    if (keyframe) clusterStartBytes = startBytes;
    const timestampMs = keyframe ? time.key : time;
    return { timestampMs, keyframe, startBytes, endBytes: startBytes + 100, clusterStartBytes };
  });
}

const key = (ms: number) => ({ key: ms });
/** Every 33 ms, with a key frame each second. */
const steady = (fromMs: number, count: number) =>
  Array.from({ length: count }, (_, i) => (i % 30 === 0 ? key(fromMs + i * 33) : fromMs + i * 33));

function report(blocks: MediaBlock[], options: Partial<TimelineOptions> = {}) {
  const timeline = new TrackTimeline({ kind: "video", sizeBytes: blocks.length * 100, ...options });
  const kept = blocks.filter((block) => timeline.take(block));
  return { kept: kept.map(({ timestampMs }) => timestampMs), report: timeline.finish() };
}

test("a healthy track is kept whole, with its length and usual step", () => {
  const { kept, report: facts } = report(blocksAt(steady(0, 90)));
  expect(kept).toHaveLength(90);
  expect(facts).toMatchObject({
    firstMs: 0,
    lastMs: 89 * 33,
    endMs: 90 * 33,
    stepMs: 33,
    gaps: [],
    holes: [],
    leftOut: 0,
  });
});

test("a track without blocks has no report", () => {
  expect(report([]).report).toBeNull();
});

test("sound that stops for a while has a gap, from the end of the last packet", () => {
  const times = [key(0), 60, 120, key(480), 540, 600];
  expect(report(blocksAt(times), { kind: "audio" }).report?.gaps).toEqual([{ fromMs: 180, toMs: 480 }]);
});

test("a picture that stands still for a while has none", () => {
  const { report: facts } = report(blocksAt([key(0), 33, 66, 5000, 5033, 5066]));
  expect(facts).toMatchObject({ gaps: [], holes: [], leftOut: 0 });
});

test("a repeated run of blocks is left out and leaves no gap", () => {
  const run = steady(0, 20);
  const blocks = blocksAt([...run, ...run.slice(10), ...steady(660, 20)]);
  const { kept, report: facts } = report(blocks);
  expect(kept).toHaveLength(40);
  expect(facts).toMatchObject({ gaps: [], leftOut: 10 });
});

test("after a step back in time pictures wait for the next cluster and key frame, and the time between is a gap", () => {
  // The cluster at 990 lost its beginning: its blocks seem to belong to the one at 0.
  const times = [...steady(0, 30).slice(0, 28), 400.5, 433.5, 970, key(1980), 2013];
  const { kept, report: facts } = report(blocksAt(times));
  expect(kept.slice(-3)).toEqual([27 * 33, 1980, 2013]);
  expect(facts?.gaps).toEqual([{ fromMs: 28 * 33, toMs: 1980 }]);
});

test("B-frames may lie behind, as far as is said", () => {
  const times = [key(0), 99, 33, 66, 198, 132, 165];
  expect(report(blocksAt(times), { reorderMs: 500 }).report).toMatchObject({ blocks: 7, lastMs: 198, leftOut: 0 });
});

test("after damage a picture begins again with a key frame, sound at once", () => {
  for (const [kind, first] of [
    ["video", 990],
    ["audio", 330],
  ] as const) {
    const timeline = new TrackTimeline({ kind, sizeBytes: 10_000 });
    const blocks = blocksAt(steady(0, 40));
    for (const block of blocks.slice(0, 5)) timeline.take(block);
    timeline.noteDamage();
    const later = blocks.slice(10).filter((block) => timeline.take(block));
    expect(later[0]?.timestampMs).toBe(first);
    expect(timeline.finish()?.gaps).toHaveLength(kind === "video" ? 1 : 0);
  }
});

test("a cluster with a time far ahead is found out by what follows, and does not hide it the second time", () => {
  const blocks = blocksAt([...steady(0, 30), key(20_000), 20_033, 20_066, ...steady(1089, 30)]);
  const first = report(blocks);
  expect(first.report).toMatchObject({ leaps: [3000], lastMs: 20_066 });
  const findings = { holes: new Set<number>(), leaps: new Set([3000]) };
  const second = report(blocks, { findings });
  expect(second.kept).toHaveLength(60);
  expect(second.report).toMatchObject({ leaps: [], lastMs: 1089 + 29 * 33, leftOut: 3, gaps: [] });
});

test("of a cluster in which the time leaps only what follows the leap is left out", () => {
  const blocks = blocksAt([...steady(0, 30), 20_000, 20_033, ...steady(990, 30)]);
  expect(report(blocks).report?.leaps).toEqual([3000]);
  const second = report(blocks, { findings: { holes: new Set(), leaps: new Set([3000]) } });
  expect(second.kept).toHaveLength(60);
  expect(second.report).toMatchObject({ firstMs: 0, lastMs: 59 * 33, leftOut: 2, gaps: [] });
});

test("when no key frame comes any more, the rest is a gap", () => {
  const timeline = new TrackTimeline({ kind: "video", sizeBytes: 10_000 });
  const blocks = blocksAt([key(0), ...Array.from({ length: 50 }, (_, i) => 33 + i * 33)]);
  for (const block of blocks.slice(0, 10)) timeline.take(block);
  timeline.noteDamage();
  for (const block of blocks.slice(20)) expect(timeline.take(block)).toBe(false);
  expect(timeline.finish()).toMatchObject({ lastMs: 297, gaps: [{ fromMs: 330, toMs: 1650 }] });
});

test("a jump of hours that no clock confirms is left out; its gap is as long as what was left out", () => {
  const times = [...steady(0, 30), ...steady(7_200_000, 60)];
  expect(report(blocksAt(times)).report).toMatchObject({
    lastMs: 29 * 33,
    leftOut: 60,
    gaps: [{ fromMs: 30 * 33, toMs: 29 * 33 + 59 * 33 }],
  });
});

test("a jump of hours during which the clock went on is believed", () => {
  const times = [...steady(0, 30), ...steady(7_200_000, 30)];
  const clock = [1000, 2000, 4000, 5000].map((offsetBytes, i) => ({
    offsetBytes,
    perfMs: i < 2 ? i * 500 : 7_200_500 + i,
  }));
  expect(report(blocksAt(times), { clock }).report).toMatchObject({ lastMs: 7_200_000 + 29 * 33, leftOut: 0 });
});

/** A chunk every 10 blocks, ending one byte into the next, handed over 50 ms after the block that it ends in was captured. */
function clockOf(blocks: MediaBlock[], lateMs = 50): ClockPoint[] {
  return blocks
    .filter((_, index) => index > 0 && index % 10 === 0)
    .map(({ startBytes, timestampMs }) => ({ offsetBytes: startBytes + 1, perfMs: 10_000 + timestampMs + lateMs }));
}

test("the envelope is the least delay after the last whole block, without the chunk that came at the stop", () => {
  const blocks = blocksAt(steady(0, 60));
  const clock = clockOf(blocks);
  (clock[2] as ClockPoint).perfMs += 400;
  const atStop = { offsetBytes: 6000, perfMs: 10_000 + 59 * 33 };
  // The last whole block is one step earlier than the one the chunk ends in.
  expect(report(blocks, { clock: [...clock, atStop] }).report?.deliveryMs).toBe(10_000 + 33 + 50);
  expect(report(blocks).report?.deliveryMs).toBeNull();
});

test("a pause only adds to the delay, so that the envelope stays", () => {
  const blocks = blocksAt(steady(0, 90));
  const paused = clockOf(blocks).map((point, i) => ({ ...point, perfMs: point.perfMs + (i >= 4 ? 3000 : 0) }));
  expect(report(blocks, { clock: paused }).report?.deliveryMs).toBe(
    report(blocks, { clock: clockOf(blocks) }).report?.deliveryMs,
  );
});

test("a late picture that had been made when its chunk ended is no hole; one that had not is", () => {
  const late = [...steady(0, 40), ...steady(3000, 20)];
  const still = blocksAt(late);
  expect(report(still, { clock: clockOf(still) }).report?.holes).toEqual([]);

  // Chunks between were lost: the chunk before was handed over when the picture at 1320 had been made, not that at 3000.
  const clock = clockOf(still);
  (clock[3] as ClockPoint).perfMs = 10_000 + 40 * 33 + 50;
  expect(report(still, { clock }).report?.holes).toEqual([still[40]?.startBytes]);
});

test("at a known hole pictures wait for a key frame, and the envelope stays", () => {
  const blocks = blocksAt([
    ...steady(0, 45),
    ...steady(3000 + 15 * 33, 15).map((t) => (typeof t === "object" ? t.key : t)),
    ...steady(3990, 20),
  ]);
  const clock = clockOf(blocks);
  const whole = report(blocks, { clock });
  const { report: facts } = report(blocks, { clock, findings: { holes: new Set([4500]), leaps: new Set() } });
  expect(facts).toMatchObject({ leftOut: 15, gaps: [{ fromMs: 45 * 33, toMs: 3990 }] });
  expect(facts?.deliveryMs).toBe(whole.report?.deliveryMs);
});

test("blocks in a wrong cluster do not spoil the envelope, although they are found out later", () => {
  const blocks = blocksAt([...steady(0, 90), 5000, 5033, ...steady(2970, 60)]);
  const clock = clockOf(blocksAt(steady(0, 90)));
  clock.push({ offsetBytes: 9150, perfMs: 10_000 + 3000 });
  expect(report(blocks, { clock }).report?.deliveryMs).toBe(10_000 + 33 + 50);
});

test("whatever comes, what is kept of a track without B-frames never goes back in time", () => {
  const block = fc.record({ timestampMs: fc.nat(20_000), keyframe: fc.boolean(), cluster: fc.nat(5) });
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 80 }),
      fc.constantFrom("video" as const, "audio" as const),
      (list, kind) => {
        const blocks = list.map(({ timestampMs, keyframe, cluster }, index) => ({
          timestampMs,
          keyframe,
          startBytes: index * 100,
          endBytes: index * 100 + 100,
          clusterStartBytes: cluster * 100,
        }));
        const { kept, report: facts } = report(blocks, { kind });
        expect(kept).toEqual([...kept].sort((a, b) => a - b));
        expect(facts?.blocks ?? 0).toBe(kept.length);
        for (const { fromMs, toMs } of facts?.gaps ?? []) expect(toMs).toBeGreaterThan(fromMs);
      },
    ),
  );
});
