import { describe, expect, it } from "vitest";
import type { LiveAudioTrack, LiveVideoTrack } from "@/lib/media/mp4/live-layout";
import { type Movie, movieBox } from "@/lib/media/mp4/movie";
import { SampleTable } from "@/lib/media/mp4/sample-table";
import { boxAt, numbersOf, readBoxes } from "@/tests/support/mp4-boxes";

const picture: LiveVideoTrack = {
  codec: "avc1.42c020",
  configuration: "AULAIA==",
  width: 640,
  height: 360,
  timescale: 90_000,
  startTicks: 0,
};
const sound: LiveAudioTrack = {
  codec: "mp4a.40.2",
  configuration: "EZA=",
  channels: 2,
  timescale: 48_000,
  startTicks: 0,
};

function videoTable(): SampleTable {
  const table = new SampleTable();
  table.addVideo(48, { firstTicks: 0, durationsTicks: [3000, 3000, 6000], sizesBytes: [90, 10, 11], keyframes: [0] });
  table.addVideo(500, {
    firstTicks: 12_000,
    durationsTicks: [6000, 3000, 3000],
    sizesBytes: [80, 9, 8],
    keyframes: [0, 2],
  });
  return table;
}

function audioTable(): SampleTable {
  const table = new SampleTable();
  table.addAudio(159, { firstTicks: 0, sizesBytes: [5, 6, 7] });
  table.addAudio(597, { firstTicks: 3072, sizesBytes: [8] });
  return table;
}

const movie: Movie = {
  title: "Über “Tapes”",
  recordedAt: new Date("2026-11-25T12:00:00Z"),
  video: { about: picture, table: videoTable(), delayMs: 0 },
  audio: { about: sound, table: audioTable(), silence: null, skipSamples: 1024, heardSamples: 2900 },
};

const STBL = "moov/trak/mdia/minf/stbl";
const SOUND_STBL = "moov/trak:1/mdia/minf/stbl";

describe("the index of a finished file", () => {
  const { bytes, durationMs } = movieBox(movie);
  const boxes = readBoxes(bytes);

  it("lists every sample: when, how long, where, and from which one can begin", () => {
    expect(numbersOf(boxAt(boxes, `${STBL}/stts`))).toEqual([0, 3, 2, 3000, 2, 6000, 2, 3000]);
    expect(numbersOf(boxAt(boxes, `${STBL}/stss`))).toEqual([0, 3, 1, 4, 6]);
    expect(numbersOf(boxAt(boxes, `${STBL}/stsz`))).toEqual([0, 0, 6, 90, 10, 11, 80, 9, 8]);
    expect(numbersOf(boxAt(boxes, `${STBL}/stsc`))).toEqual([0, 1, 1, 3, 1]);
    expect(numbersOf(boxAt(boxes, `${STBL}/stco`))).toEqual([0, 2, 48, 500]);
    expect(numbersOf(boxAt(boxes, `${SOUND_STBL}/stts`))).toEqual([0, 1, 4, 1024]);
    expect(numbersOf(boxAt(boxes, `${SOUND_STBL}/stsc`))).toEqual([0, 2, 1, 3, 1, 2, 1, 1]);
    expect(boxAt(boxes, `${SOUND_STBL}/stss`)).toBeUndefined();
  });

  it("cuts the sound to what is to be heard, by an edit list", () => {
    const [, , shown, from] = numbersOf(boxAt(boxes, "moov/trak:1/edts/elst"));
    expect(shown).toBe(Math.round((2900 / 48_000) * 90_000));
    expect(from).toBe(1024);
  });

  it("lasts as long as the longer of the two, and carries its title", () => {
    expect(durationMs).toBeCloseTo((24_000 / 90_000) * 1000);
    expect(Buffer.from(bytes).includes("Über “Tapes”")).toBe(true);
  });
});

describe("what is moved in time", () => {
  it("a sound that comes later begins with silence, each frame of it the same bytes", () => {
    const silence = { count: 3, offsetBytes: 40, sizeBytes: 7, durationTicks: 1024 };
    const { bytes } = movieBox({ ...movie, audio: { ...(movie.audio as NonNullable<Movie["audio"]>), silence } });
    const boxes = readBoxes(bytes);
    expect(numbersOf(boxAt(boxes, `${SOUND_STBL}/stts`))).toEqual([0, 2, 3, 1024, 4, 1024]);
    expect(numbersOf(boxAt(boxes, `${SOUND_STBL}/stsz`))).toEqual([0, 0, 7, 7, 7, 7, 5, 6, 7, 8]);
    expect(numbersOf(boxAt(boxes, `${SOUND_STBL}/stco`))).toEqual([0, 5, 40, 40, 40, 159, 597]);
    expect(numbersOf(boxAt(boxes, `${SOUND_STBL}/stsc`))).toEqual([0, 3, 1, 1, 1, 4, 3, 1, 5, 1, 1]);
  });

  it("a picture that comes later waits by an empty edit", () => {
    const video = { ...(movie.video as NonNullable<Movie["video"]>), delayMs: 2000 };
    const boxes = readBoxes(movieBox({ ...movie, video }).bytes);
    expect(numbersOf(boxAt(boxes, "moov/trak/edts/elst"))).toEqual([
      ...[0, 2],
      ...[180_000, 0xffffffff, 0x10000],
      ...[24_000, 0, 0x10000],
    ]);
  });

  it("pictures that are shown later than decoded begin with the first that is shown", () => {
    const video = { ...(movie.video as NonNullable<Movie["video"]>), skipTicks: 6000 };
    const boxes = readBoxes(movieBox({ ...movie, video }).bytes);
    expect(numbersOf(boxAt(boxes, "moov/trak/edts/elst"))).toEqual([0, 1, 24_000, 6000, 0x10000]);
  });

  it("a sound whose packets are kept waits by an empty edit", () => {
    const audio = { ...(movie.audio as NonNullable<Movie["audio"]>), delayMs: 1000, skipSamples: 0 };
    const boxes = readBoxes(movieBox({ ...movie, audio }).bytes);
    expect(numbersOf(boxAt(boxes, "moov/trak:1/edts/elst")).slice(0, 7)).toEqual([
      ...[0, 2],
      ...[90_000, 0xffffffff, 0x10000],
      ...[Math.round((2900 / 48_000) * 90_000), 0],
    ]);
  });
});

describe("large files", () => {
  it("have offsets of 64 bits when 32 do not hold them", () => {
    const table = new SampleTable();
    table.addAudio(100, { firstTicks: 0, sizesBytes: [1] });
    table.addAudio(2 ** 32 + 5, { firstTicks: 1024, sizesBytes: [1] });
    const [, , offsets] = [...table.boxes(true, null)].map((bytes) => readBoxes(bytes)[0]).slice(-3);
    expect(offsets?.type).toBe("co64");
    expect(numbersOf(offsets)).toEqual([0, 2, 0, 100, 1, 5]);
  });

  it("keep every sample of many hours", () => {
    const table = new SampleTable();
    for (let segment = 0; segment < 3000; segment += 1) {
      const many = Array<number>(60).fill(33);
      table.addVideo(segment * 10_000, { firstTicks: 0, durationsTicks: many, sizesBytes: many, keyframes: [0] });
    }
    expect(table.samples).toBe(180_000);
    const sizes = table
      .boxes(false, null)
      .map((bytes) => readBoxes(bytes)[0])
      .find((each) => each?.type === "stsz");
    expect(sizes?.content.getUint32(8)).toBe(180_000);
    expect(sizes?.content.byteLength).toBe(12 + 4 * 180_000);
  });
});
