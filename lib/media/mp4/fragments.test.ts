import { describe, expect, it } from "vitest";
import { fragmentHeader, initSegment } from "@/lib/media/mp4/fragments";
import type { LiveHeader, LiveSegment } from "@/lib/media/mp4/live-layout";
import { boxAt, numbersOf, readBoxes } from "@/tests/support/mp4-boxes";

const header: LiveHeader = {
  version: 1,
  filename: "live-0123abcd.mp4",
  video: {
    codec: "avc1.42c020",
    configuration: Buffer.from([1, 0x42, 0xc0, 0x20]).toString("base64"),
    width: 1280,
    height: 720,
    timescale: 90_000,
    startTicks: 1800,
  },
  audio: {
    codec: "mp4a.40.2",
    configuration: Buffer.from([0x11, 0x90]).toString("base64"),
    channels: 2,
    timescale: 48_000,
    startTicks: 0,
  },
};

const segment: LiveSegment = {
  offsetBytes: 5000,
  lengthBytes: 1000 + 200 + 10 + 20,
  durationMs: 67,
  video: { firstTicks: 2 ** 33, durationsTicks: [2970, 3060], sizesBytes: [1000, 200], keyframes: [0] },
  audio: { firstTicks: 96_000, sizesBytes: [10, 20] },
};

describe("an init segment", () => {
  it("has a track for picture and sound, and no samples", () => {
    const boxes = readBoxes(initSegment(header));
    expect(boxes.map(({ type }) => type)).toEqual(["ftyp", "moov"]);
    expect(boxAt(boxes, "moov")?.children.map(({ type }) => type)).toEqual(["mvhd", "trak", "trak", "mvex"]);
    expect(numbersOf(boxAt(boxes, "moov/trak/mdia/minf/stbl/stsz"))).toEqual([0, 0, 0]);
    expect(numbersOf(boxAt(boxes, "moov/mvex/trex:1"))[1]).toBe(2);
  });

  it("has one track where there is only sound", () => {
    const boxes = readBoxes(initSegment({ ...header, video: null }));
    expect(boxAt(boxes, "moov")?.children.map(({ type }) => type)).toEqual(["mvhd", "trak", "mvex"]);
  });
});

describe("the head of a fragment", () => {
  const bytes = fragmentHeader(header, segment, 7);
  const boxes = readBoxes(Buffer.concat([bytes, Buffer.alloc(segment.lengthBytes)]));

  it("is moof and the beginning of mdat, as long as the samples", () => {
    expect(boxes.map(({ type, content }) => [type, content.byteLength])).toEqual([
      ["moof", bytes.length - 16],
      ["mdat", segment.lengthBytes],
    ]);
    expect(numbersOf(boxAt(boxes, "moof/mfhd"))).toEqual([0, 7]);
  });

  it("points at the picture first and the sound after it", () => {
    expect(numbersOf(boxAt(boxes, "moof/traf/trun")).slice(1)).toEqual([
      ...[2, bytes.length],
      ...[2970, 1000, 0x02000000],
      ...[3060, 200, 0x01010000],
    ]);
    expect(numbersOf(boxAt(boxes, "moof/traf:1/trun")).slice(1)).toEqual([2, bytes.length + 1200, 10, 20]);
  });

  it("says of each frame of sound how long it is where they differ", () => {
    const audio = { firstTicks: 0, sizesBytes: [10, 20], durationsTicks: [1024, 1500] };
    const uneven = fragmentHeader(header, { ...segment, audio }, 7);
    const run = boxAt(readBoxes(Buffer.concat([uneven, Buffer.alloc(segment.lengthBytes)])), "moof/traf:1/trun");
    expect(numbersOf(run).slice(1)).toEqual([2, uneven.length + 1200, 1024, 10, 1500, 20]);
  });

  it("begins at the times of the tracks, moved to where they start", () => {
    const at = (path: string) => boxAt(boxes, path)?.content.getBigUint64(4);
    expect(at("moof/traf/tfdt")).toBe(2n ** 33n + 1800n);
    expect(at("moof/traf:1/tfdt")).toBe(96_000n);
  });

  it("says nothing of a track that the segment has none of", () => {
    const sound = readBoxes(fragmentHeader(header, { ...segment, video: null, lengthBytes: 30 }, 1));
    expect(boxAt(sound, "moof")?.children.map(({ type }) => type)).toEqual(["mfhd", "traf"]);
  });
});
