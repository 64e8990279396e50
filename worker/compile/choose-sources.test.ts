import { expect, test } from "vitest";
import type { TrackKind } from "@/lib/domain/recording-state";
import type { TrackReport } from "@/lib/media/track-timeline";
import { chooseSources } from "@/worker/compile/choose-sources";
import type { MeasuredTrack } from "@/worker/compile/measure-track";

const report = (facts: Partial<TrackReport> = {}): TrackReport => ({
  blocks: 300,
  firstMs: 0,
  lastMs: 9960,
  endMs: 10_000,
  stepMs: 40,
  deliveryMs: null,
  gaps: [],
  holes: [],
  leaps: [],
  leftOut: 0,
  ...facts,
});

function track(
  kind: TrackKind,
  reports: MeasuredTrack["reports"],
  container: "matroska" | "mp4" = "matroska",
): MeasuredTrack {
  const stream = { index: 0, codec: "opus", startMs: 0, durationMs: null, packets: null };
  const video = {
    ...stream,
    size: { width: 2, height: 2 },
    isRotated: false,
    pixelFormat: "",
    hasReorderedFrames: false,
    colors: { space: "unknown", transfer: "unknown", primaries: "unknown" },
    parameters: "",
  };
  return {
    kind,
    file: `/${kind}`,
    filename: `${kind}.webm`,
    sizeBytes: 1,
    container,
    clockFile: `/${kind}.clock.jsonl`,
    startedAtMs: null,
    reports,
    probe: {
      video: reports.video === undefined ? null : video,
      audio: reports.audio === undefined ? null : stream,
      streams: 1,
      durationMs: null,
    },
  };
}

test("gaps of the sound are told in the time of the compiled file", () => {
  const sound = report({ gaps: [{ fromMs: 4000, toMs: 5000 }], deliveryMs: 440, stepMs: 60 });
  const tracks = [track("video", { video: report({ deliveryMs: 880 }) }), track("audio", { audio: sound })];
  // The picture begins 880 - (440 - 60) + 20 = 520 ms later, so half a second of sound is cut off before it.
  const chosen = chooseSources(tracks, [], 20);
  expect(chosen).toMatchObject({ offsetMs: 520, videoMs: 10_000, audioMs: 9480 });
  expect(chosen.gaps).toEqual([
    {
      kind: "audio",
      fromMs: 3480,
      toMs: 4480,
      code: "damaged",
      cause: "Part of the sound never arrived or was damaged.",
    },
  ]);
});

test("sound is taken from the file of the picture when it has none of its own, in the time they share", () => {
  const both = track("video", { video: report({ firstMs: 47 }), audio: report() });
  const chosen = chooseSources([both], [], null);
  expect(chosen.audio?.track).toBe(both);
  expect(chosen).toMatchObject({ offsetMs: 47, gaps: [] });
  const own = track("audio", { audio: report() });
  expect(chooseSources([both, own], [], null).audio?.track).toBe(own);
});

test("a picture in the file of the sound is not taken", () => {
  const chosen = chooseSources([track("audio", { audio: report(), video: report() })], [], null);
  expect(chosen.video).toBeNull();
});

test("a clock of MP4 corrects half a second, and not what is within its uncertainty", () => {
  const offset = (deliveryMs: number) =>
    chooseSources(
      [
        track("video", { video: report({ deliveryMs }) }, "mp4"),
        track("audio", { audio: report({ deliveryMs: 400 }) }, "mp4"),
      ],
      [],
      0,
    ).offsetMs;
  expect(offset(400)).toBe(0);
  expect(offset(900)).toBe(540);
});

const choose = (videoDeliveryMs: number, audioFacts: Partial<TrackReport>) =>
  chooseSources(
    [track("video", { video: report({ deliveryMs: videoDeliveryMs }) }), track("audio", { audio: report(audioFacts) })],
    [],
    0,
  );

test("sound that begins seconds after the picture is told", () => {
  expect(choose(0, { deliveryMs: 2040 })).toMatchObject({
    offsetMs: -2000,
    videoDelayMs: 0,
    durationMs: 12_000,
    gaps: [
      { kind: "audio", fromMs: 0, toMs: 2000, code: "late_start", cause: "The sound began later than the picture." },
    ],
  });
});

test("sound of more than a second before the picture is kept: the picture is delayed, with its gaps, and it is told", () => {
  const video = report({ deliveryMs: 9000, gaps: [{ fromMs: 1000, toMs: 2000 }] });
  const audio = report({ deliveryMs: 40, lastMs: 960, endMs: 1000 });
  expect(chooseSources([track("video", { video }), track("audio", { audio })], [], 0)).toMatchObject({
    offsetMs: 0,
    videoDelayMs: 9000,
    durationMs: 19_000,
    audioMs: 1000,
    gaps: [
      { kind: "video", fromMs: 0, toMs: 9000, code: "late_start", cause: "The picture began later than the sound." },
      { kind: "audio", fromMs: 1000, toMs: 19_000, code: "early_end", cause: "The sound ended before the picture." },
      { kind: "video", fromMs: 10_000, toMs: 11_000 },
    ],
  });
  expect(choose(990, { deliveryMs: 40 })).toMatchObject({ offsetMs: 990, videoDelayMs: 0, gaps: [] });
});

test("with nothing usable the reason is the worst that is known", () => {
  expect(() => chooseSources([], [], null)).toThrow(/neither picture nor sound arrived/);
  const empty = { kind: "audio", code: "nothing_recorded", cause: "No sound arrived." } as const;
  const garbage = {
    kind: "video",
    code: "not_a_recording",
    cause: "What arrived as picture is not a recording.",
  } as const;
  expect(() => chooseSources([], [empty, garbage], null)).toThrow(/not a recording/);
});
