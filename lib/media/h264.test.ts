import { describe, expect, it } from "vitest";
import {
  avcConfiguration,
  codecName,
  joinLengthPrefixed,
  readAvcConfiguration,
  readSps,
  sortUnits,
  splitAnnexB,
  splitLengthPrefixed,
} from "@/lib/media/h264";

/** As Chromium writes them: 1280x720, Constrained Baseline. */
const SPS = Buffer.from("6742c0208c8d402802dd00f08846a0", "hex");
const PPS = Buffer.from("68ce3c80", "hex");
/** As x264 writes them: High, 1920x1080, which is 1088 rows with eight cropped. */
const HIGH_SPS = Buffer.from("67640028acd940780227e5c044000003000400000300f03c60c658", "hex");
const SLICE = Buffer.from([0x65, 0xb8, 0, 4, 0, 3, 9]);

describe("units of a byte stream", () => {
  it("are found behind start codes of three and four bytes", () => {
    const stream = Buffer.concat([
      ...[Buffer.from([0, 0, 0, 1, 9, 0xf0]), Buffer.from([0, 0, 0, 1]), SPS],
      ...[Buffer.from([0, 0, 1]), PPS, Buffer.from([0, 0, 1]), SLICE],
    ]);
    const { sps, pps, rest } = sortUnits(splitAnnexB(stream));
    expect([sps, pps, rest].map((units) => units.map((unit) => Buffer.from(unit)))).toEqual([[SPS], [PPS], [SLICE]]);
  });

  it("are none where there is no start code", () => {
    expect(splitAnnexB(Buffer.from([1, 2, 3, 4]))).toEqual([]);
  });

  it("come back from a sample with lengths", () => {
    const sample = joinLengthPrefixed([SLICE, PPS]);
    expect(splitLengthPrefixed(sample)?.map((unit) => Buffer.from(unit))).toEqual([SLICE, PPS]);
    expect(splitLengthPrefixed(sample.subarray(0, -1))).toBeNull();
  });
});

describe("parameter sets", () => {
  it("say the size and the codec's name", () => {
    const sps = readSps(SPS);
    expect(sps).toMatchObject({ width: 1280, height: 720, isPlain: true });
    expect(sps === null ? null : codecName(sps)).toBe("avc1.42c020");
    expect(readSps(HIGH_SPS)).toMatchObject({ profile: 100, width: 1920, height: 1080, isPlain: true });
  });

  it("that are cut off say nothing", () => {
    expect(readSps(SPS.subarray(0, 6))).toBeNull();
  });

  it("come back from a configuration record", () => {
    for (const sps of [SPS, HIGH_SPS]) {
      const read = readAvcConfiguration(avcConfiguration(sps, PPS));
      expect(read?.lengthBytes).toBe(4);
      expect(Buffer.from(read?.sps ?? [])).toEqual(sps);
      expect(Buffer.from(read?.pps ?? [])).toEqual(PPS);
    }
    expect(readAvcConfiguration(Buffer.from([1, 2, 3]))).toBeNull();
  });
});
