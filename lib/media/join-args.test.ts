import { expect, test } from "vitest";
import { commonColors, namedColors } from "@/lib/media/colors";
import type { VideoPlan } from "@/lib/media/compile-args";
import { compileArgs } from "@/lib/media/compile-args";
import { blackArgs, joinArgs, joinList, MAX_STILL_MS, timescaleFor } from "@/lib/media/join-args";

const LIMITS = { maxPixels: 1, maxDurationSeconds: 60, threads: 1, maxOutputBytes: 1000 };
const HOUR_MS = 3_600_000;
const about = { title: "t", recordedAt: new Date(0) };

const unknown = { space: "unknown", transfer: "unknown", primaries: "unknown" };
const bt709 = { space: "bt709", transfer: "iec61966-2-1", primaries: "bt709" };
const picture = (recorded: typeof bt709, compiled: typeof bt709): VideoPlan => ({
  ...{ file: "/v", container: "matroska", startMs: 0, size: { width: 640, height: 360 }, delayMs: 0 },
  ...{ encode: { crf: 23, preset: "veryfast" }, colors: { recorded, compiled } },
});
const filterOf = (args: string[]) => args[args.indexOf("-vf") + 1] as string;

test("a picture may stand as long as an MP4 can count it", () => {
  expect(timescaleFor(0)).toBe(90_000);
  expect(timescaleFor(6 * HOUR_MS)).toBe(90_000);
  expect(timescaleFor(7 * HOUR_MS)).toBe(10_000);
  expect(timescaleFor(100 * HOUR_MS)).toBe(1000);
  expect((MAX_STILL_MS / 1000) * 1000).toBeLessThan(2 ** 31);
});

test("the list names the files in order, with the time until the next", () => {
  expect(
    joinList([
      { filename: "picture-1.mp4", untilNextMs: 32_000.4 },
      { filename: "picture-3.mp4", untilNextMs: null },
    ]),
  ).toBe("ffconcat version 1.0\nfile picture-1.mp4\nduration 32.000\nfile picture-3.mp4\n");
});

test("what is joined is opened by its named demuxer, from files alone, and copied", () => {
  const args = joinArgs({ ...about, videoList: "/w/l.txt", audioFile: "/w/s.mp4", timescale: 90_000 }, LIMITS, "/w/o");
  expect(args.join(" ")).toContain(
    "-f concat -safe 1 -format_whitelist concat,mov -protocol_whitelist file -i file:/w/l.txt",
  );
  expect(args.join(" ")).toContain("-map 0:v:0 -video_track_timescale 90000 -map 1:a:0 -c copy");
  const sound = joinArgs({ ...about, videoList: null, audioFile: "/w/s.mp4", timescale: 90_000 }, LIMITS, "/w/o");
  expect(sound.join(" ")).toContain("-map 0:a:0");
});

test("takes agree on the colours of the first that names them; the others are not converted by a guess", () => {
  expect(commonColors([unknown, bt709])).toBe(bt709);
  expect(commonColors([unknown])).toBe(unknown);
  expect(namedColors({ space: "gbr", transfer: undefined, primaries: "bt2020" })).toEqual(unknown);
  const filter = (recorded: typeof bt709, compiled: typeof bt709) =>
    filterOf(compileArgs({ ...about, video: picture(recorded, compiled), audio: null }, LIMITS, "/o"));
  expect(filter(unknown, bt709)).toContain("in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv");
  expect(filter(bt709, { ...bt709, space: "bt470bg" })).toContain("in_color_matrix=bt709:out_color_matrix=bt470:");
  expect(filter(bt709, bt709)).toMatch(
    /setparams=range=tv:color_primaries=bt709:color_trc=iec61966-2-1:colorspace=bt709$/,
  );
  expect(filter(unknown, unknown)).toContain("force_divisible_by=2:out_range=tv,");
});

test("black is encoded as the pictures after it are", () => {
  const plan = picture(unknown, bt709);
  const black = blackArgs(plan, LIMITS, "/o");
  const other = compileArgs({ ...about, video: picture(bt709, bt709), audio: null }, LIMITS, "/o");
  const encoder = (args: string[]) => args.slice(args.indexOf("-vf"), args.indexOf("-video_track_timescale") + 2);
  expect(encoder(black)).toEqual(encoder(other));
});
