import { expect, test } from "vitest";
import { type AudioPlan, type CompilePlan, compileArgs, type VideoPlan } from "@/lib/media/compile-args";

const limits = { maxPixels: 8_912_896, maxDurationSeconds: 3600, threads: 2, maxOutputBytes: 1_000_000 };
const video: VideoPlan = {
  file: "/r/video.webm",
  container: "matroska",
  startMs: 0,
  size: { width: 1280, height: 720 },
  delayMs: 0,
  encode: null,
};
const audio: AudioPlan = {
  file: "/r/audio.webm",
  container: "mp4",
  startMs: 0,
  encode: { bitrateBps: 128_000 },
  offsetMs: 0,
  keepFirstSamples: false,
};
const about = { title: "-t; rm -rf", recordedAt: new Date("2026-11-21T08:00:00Z") };

const args = (plan: Partial<CompilePlan>) =>
  compileArgs({ video: null, audio: null, ...about, ...plan }, limits, "/r/o.mp4");
const after = (list: string[], option: string) => list[list.indexOf(option) + 1];

test("every input has its demuxer, whitelists, and limits before it, and is a file by name", () => {
  const list = args({ video, audio });
  const inputs = list.flatMap((word, index) => (word === "-i" ? [index] : []));
  expect(inputs.map((index) => list[index + 1])).toEqual(["file:/r/video.webm", "file:/r/audio.webm"]);
  let from = 0;
  for (const [input, format] of [
    [inputs[0] as number, "matroska"],
    [inputs[1] as number, "mov"],
  ] as const) {
    const options = list.slice(from, input);
    expect(after(options, "-f")).toBe(format);
    expect(after(options, "-format_whitelist")).toBe(format);
    expect(after(options, "-protocol_whitelist")).toBe("file");
    expect(after(options, "-max_pixels")).toBe("8912896");
    expect(after(options, "-t")).toBe("3600");
    expect(options).toContain("-codec_whitelist");
    from = input;
  }
  expect(list.at(-1)).toBe("file:/r/o.mp4");
});

test("a title is one argument, whatever it looks like", () => {
  expect(args({ audio })).toContain("title=-t; rm -rf");
});

test("a copied picture is not touched; an encoded one keeps its times, gets even sides, and no B-frames", () => {
  expect(after(args({ video }), "-c:v")).toBe("copy");
  const list = args({ video: { ...video, size: { width: 852, height: 478 }, encode: { crf: 20, preset: "fast" } } });
  expect(after(list, "-vf")).toContain("scale=852:478:force_original_aspect_ratio=decrease:force_divisible_by=2");
  expect([after(list, "-crf"), after(list, "-preset"), after(list, "-bf")]).toEqual(["20", "fast", "0"]);
  expect(after(list, "-fps_mode")).toBe("vfr");
});

test("sound is cut where the picture begins later, delayed where it begins earlier, else left alone", () => {
  const filter = (offsetMs: number) => after(args({ audio: { ...audio, offsetMs } }), "-af");
  const fill = "aresample=async=1:min_comp=0.01:min_hard_comp=0.02";
  expect(filter(24.6)).toBe(`${fill},atrim=start=0.025,asetpts=PTS-STARTPTS`);
  expect(filter(-467.6)).toBe(`${fill},adelay=468:all=1`);
  expect(filter(0.4)).toBe(fill);
  expect(filter(-0.4)).toBe(fill);
});

test("copied sound passes no filter", () => {
  const list = args({ audio: { ...audio, encode: null } });
  expect(after(list, "-c:a")).toBe("copy");
  expect(list).not.toContain("-af");
});

test("a stream that begins later than its file is moved to 0; only Opus in MP4 keeps its first samples", () => {
  expect(after(args({ video: { ...video, startMs: 47 } }), "-itsoffset")).toBe("-47ms");
  expect(after(args({ video: { ...video, startMs: 47, delayMs: 2000 } }), "-itsoffset")).toBe("1953ms");
  expect(args({ video, audio })).not.toContain("-itsoffset");
  expect(args({ audio })).not.toContain("-flags2");
  expect(after(args({ audio: { ...audio, keepFirstSamples: true } }), "-flags2")).toBe("+skip_manual");
});
