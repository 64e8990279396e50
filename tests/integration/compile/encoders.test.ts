/** Codecs, encoders that are found by trying them, and hardware that fails. There is none here: programs stand for it. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type CompileSettings, DEFAULT_COMPILE_SETTINGS } from "@/lib/domain/compile-settings";
import { readEncoders } from "@/lib/server/queue/encoders";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import type { Services } from "@/lib/server/services";
import { addRecording, addTakes, chunksOf, type RecordingContent } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { createMediaMaker, H264, type MediaMaker, picture } from "@/tests/integration/compile/made-media";
import { decodingErrors, pictureTimesMs, videoOf } from "@/tests/integration/compile/media-facts";
import { eventually } from "@/tests/support/eventually";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { announceEncoders, findEncoders } from "@/worker/encoders";
import { startWorker } from "@/worker/worker";

/** Captures have whole milliseconds, the MP4 ticks of 1/90000 s. */
const TIME_TOLERANCE_MS = 1.1;

let services: TestServices;
let userId: string;
let media: MediaMaker;

beforeAll(async () => {
  services = await openTestServices();
  ({ userId } = await addUser(services));
  media = await createMediaMaker();
});

afterAll(async () => {
  await services.dispose();
  await media.dispose();
});

/** Two seconds, for what is not about times. */
const short = () => ({ video: media.bytes("short.webm", ...picture("320x240", 2), "-c:v", "libvpx", "-b:v", "300k") });
/** A rate that varies, and sound. */
const CHANGING = { video: chunksOf("sp_odd_vp8", "video"), audio: chunksOf("sp_odd_vp8", "audio") };

/**
 * An FFmpeg on a machine with a card: an encoder of hardware is x264 or x265 in truth.
 *
 * @param broken what of the real one happens: `sh` that runs before it, with the arguments as `$*`
 */
async function ffmpegWithCard(broken = ""): Promise<string> {
  const file = path.join(services.config.DATA_DIR, `ffmpeg-${randomUUID()}`);
  await writeFile(
    file,
    `#!/bin/bash
# Runs that write nothing are held to files of no length.
case "$*" in *" -y "*) echo "$*" >> ${file}.log;; esac
${broken}
args=()
while [ $# -gt 0 ]; do
  case "$1" in
    h264_nvenc) args+=(libx264);; hevc_nvenc) args+=(libx265);;
    -rc|-cq|-forced-idr) shift;;
    p5) args+=(ultrafast);;
    *) args+=("$1");;
  esac
  shift
done
exec ffmpeg "\${args[@]}"
`,
  );
  await chmod(file, 0o755);
  return file;
}

function withCard(program: string, hardware: "off" | "auto" = "auto"): Services {
  return { ...services, config: { ...services.config, FFMPEG_PATH: program, COMPILE_HARDWARE: hardware } };
}

async function compile(from: Services, settings: Partial<CompileSettings>, add: () => Promise<string>) {
  await services.database.user.update({
    where: { id: userId },
    data: { compileSettings: JSON.stringify({ ...DEFAULT_COMPILE_SETTINGS, ...settings }) },
  });
  const worker = await startWorker(from, { retryDelayMs: 10 });
  try {
    const recording = await reach(services, await add());
    expect(recording).toMatchObject({ state: "ready", failureMessage: null, compileAttempts: 1 });
    expect(decodingErrors(mp4Of(services, recording))).toBe("");
    return recording;
  } finally {
    await worker.close();
  }
}

const addOne = (content: RecordingContent) => () => addRecording(services, userId, content);

function expectEveryPicture(recording: RecordingWithParts): void {
  const before = pictureTimesMs(services.folder.file(recording.id, "video.webm"));
  const after = pictureTimesMs(mp4Of(services, recording));
  expect(after).toHaveLength(before.length);
  const furthestMs = Math.max(...before.map((time, index) => Math.abs(time - (after[index] as number))));
  expect(furthestMs).toBeLessThanOrEqual(TIME_TOLERANCE_MS);
}

test.each(["hevc", "av1"] as const)(
  "%s keeps every picture at its time, within the limits of memory",
  async (videoCodec) => {
    const found = await findEncoders(services.config);
    expect(found.map(({ codec }) => codec)).toContain(videoCodec);
    const recording = await compile(services, { videoCodec, preset: "superfast" }, addOne(CHANGING));
    const mp4 = mp4Of(services, recording);
    expect(videoOf(mp4)).toMatchObject({ codec_name: videoCodec, pix_fmt: "yuv420p" });
    expect(recording.outputs.find(({ kind }) => kind === "mp4")?.videoCodec).toBe(videoCodec);
    expectEveryPicture(recording);
  },
);

test("what is found is what encodes a frame, is told through Redis, and is forgotten with its worker", async () => {
  const card = await ffmpegWithCard('case "$*" in *hevc_nvenc*) echo "no capable devices found" >&2; exit 1;; esac');
  const onFound = vi.fn();
  const end = announceEncoders(withCard(card), onFound);
  const told = await eventually(async () => {
    const encoders = await readEncoders(services);
    expect(encoders.length).toBeGreaterThan(0);
    return encoders;
  });
  end();
  expect(told.map(({ name }) => name)).toEqual(["libx264", "libx265", "libsvtav1", "h264_nvenc"]);
  expect(told.at(-1)).toEqual({ name: "h264_nvenc", codec: "h264", hardware: "nvenc", workers: 1 });
  expect(onFound).toHaveBeenCalledTimes(1);
});

test("hardware is used where it is allowed, and not otherwise", async () => {
  const card = await ffmpegWithCard();
  expectEveryPicture(await compile(withCard(card), {}, addOne(short())));
  expect(await readFile(`${card}.log`, "utf8")).toMatch(/-progress.*h264_nvenc/);
  const unused = await ffmpegWithCard();
  await compile(withCard(unused, "off"), {}, addOne(short()));
  expect(await readFile(`${unused}.log`, "utf8")).not.toContain("nvenc");
});

test("hardware that fails in the middle costs nothing: every picture is there, encoded by the processor", async () => {
  // It writes half of the file first.
  const card = await ffmpegWithCard(
    'case "$*" in *-progress*h264_nvenc*) for last; do :; done; head -c 100000 /dev/zero > $(echo $last | cut -c 6-); echo "CUDA_ERROR_OUT_OF_MEMORY: out of memory" >&2; exit 1;; esac',
  );
  const recording = await compile(withCard(card), {}, addOne(short()));
  expectEveryPicture(recording);
  const log = await readFile(`${card}.log`, "utf8");
  expect(log.split("\n").filter((line) => line.includes("-progress") && line.includes("nvenc"))).toHaveLength(1);
});

test("hardware that leaves pictures out is found out by the check, also where takes are joined", async () => {
  const card = await ffmpegWithCard('case "$*" in *-progress*h264_nvenc*) set -- -t 1 "$@";; esac');
  const video = media.bytes("two.webm", ...picture("320x240", 3), "-c:v", "libvpx", "-b:v", "300k");
  const takes = [
    { startedAfterMs: 0, video },
    { startedAfterMs: 4000, video, cause: "page_closed" as const },
  ];
  const recording = await compile(withCard(card), {}, () => addTakes(services, userId, takes));
  expect(videoOf(mp4Of(services, recording))?.nb_read_packets).toBe("150");
});

test("a codec that this FFmpeg has not becomes H.264", async () => {
  const without = await ffmpegWithCard('case "$*" in *libx265*) exit 1;; esac');
  const recording = await compile(withCard(without, "off"), { videoCodec: "hevc" }, addOne(short()));
  expect(videoOf(mp4Of(services, recording))?.codec_name).toBe("h264");
});

test("H.264 is copied whatever codec and purpose were chosen", async () => {
  const video = media.bytes("copied.mkv", ...picture("320x240", 1), ...H264);
  const copied = await compile(services, { videoCodec: "hevc", content: "screen" }, addOne({ video }));
  expect(videoOf(mp4Of(services, copied))).toMatchObject({ codec_name: "h264", profile: "Constrained Baseline" });
});

test("key frames come as often as was asked for", async () => {
  const vp8 = media.bytes("long.webm", ...picture("320x240", 5), "-c:v", "libvpx", "-b:v", "300k", "-cpu-used", "8");
  const often = await compile(services, { keyFrameSeconds: 2, content: "screen" }, addOne({ video: vp8 }));
  expect(keyFrameTimes(mp4Of(services, often))).toEqual([0, 2, 4]);
});

function keyFrameTimes(file: string): number[] {
  const args = ["-v", "error", "-skip_frame", "nokey", "-select_streams", "v:0", "-show_entries", "frame=pts_time"];
  const text = execFileSync("ffprobe", [...args, "-of", "csv=p=0", file], { encoding: "utf8" });
  const lines = text.split("\n").filter((line) => /^\d/.test(line));
  return lines.map((line) => Math.round(Number.parseFloat(line)));
}
