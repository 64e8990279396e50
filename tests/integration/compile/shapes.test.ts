/** Recordings of the shapes that other browsers make, and extremes of rate: each compiles to the MP4 it should be. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordingWithParts } from "@/lib/server/recordings/with-parts";
import { addRecording, type RecordingContent } from "@/tests/integration/compile/capture-recording";
import { mp4Of, reach } from "@/tests/integration/compile/compile-support";
import { createMediaMaker, FRAGMENTED, H264, type MediaMaker, tone } from "@/tests/integration/compile/made-media";
import { audioOf, decodingErrors, pictureTimesMs, videoOf } from "@/tests/integration/compile/media-facts";
import { addUser, openTestServices, type TestServices } from "@/tests/support/services";
import { type RunningWorker, startWorker } from "@/worker/worker";

/** Containers count whole milliseconds. */
const TIME_TOLERANCE_MS = 1.1;
/** Sound is cut in packets of up to 60 ms, and in frames of AAC. */
const SOUND_TOLERANCE_MS = 100;

let services: TestServices;
let worker: RunningWorker;
let media: MediaMaker;
const ids = new Map<string, string>();

const moving = (seconds: number, rate: number, size = "320x240") => [
  ...["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${rate}:d=${seconds}`],
];
const VP8 = ["-c:v", "libvpx", "-b:v", "300k", "-deadline", "realtime", "-cpu-used", "8"];

interface Shape {
  name: string;
  content: () => RecordingContent;
  seconds: number;
  /** Pictures and what they become; null: sound alone. */
  picture: { frames: number; rate: number; copied: boolean; size: [number, number] } | null;
  /** null: no sound. */
  sound: "copied" | "encoded" | null;
}

const SHAPES: Shape[] = [
  {
    name: "Firefox: VP8 and Opus, a cluster for a tenth of a second",
    content: () => ({
      video: media.bytes("f.webm", ...moving(3, 30), ...VP8, "-cluster_time_limit", "100"),
      audio: media.bytes("f.opus.webm", ...tone(3), "-c:a", "libopus", "-cluster_time_limit", "100"),
    }),
    seconds: 3,
    picture: { frames: 90, rate: 30, copied: false, size: [320, 240] },
    sound: "encoded",
  },
  {
    name: "Firefox: both in one WebM, one cluster for all",
    content: () => ({
      video: media.bytes(
        "both.webm",
        ...[...moving(3, 30), ...tone(3), ...VP8, "-c:a", "libopus", "-cluster_time_limit", "20000"],
      ),
    }),
    seconds: 3,
    picture: { frames: 90, rate: 30, copied: false, size: [320, 240] },
    sound: "encoded",
  },
  {
    name: "Safari: H.264 and AAC of 44.1 kHz in mono, both in one fragmented MP4",
    content: () => ({
      video: media.bytes(
        "safari.mp4",
        ...[...moving(3, 25), "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=3"],
        ...[...H264, "-c:a", "aac", "-ac", "1", ...FRAGMENTED],
      ),
    }),
    seconds: 3,
    picture: { frames: 75, rate: 25, copied: true, size: [320, 240] },
    sound: "copied",
  },
  {
    name: "Safari: H.265 in fragmented MP4",
    content: () => ({
      video: media.bytes(
        "hevc.mp4",
        ...[...moving(2, 25), "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=0"],
        ...["-tag:v", "hvc1", ...FRAGMENTED],
      ),
    }),
    seconds: 2,
    picture: { frames: 50, rate: 25, copied: false, size: [320, 240] },
    sound: null,
  },
  {
    name: "60 pictures a second",
    content: () => ({ video: media.bytes("60.mkv", ...moving(2, 60), ...H264) }),
    seconds: 2,
    picture: { frames: 120, rate: 60, copied: true, size: [320, 240] },
    sound: null,
  },
  {
    name: "one picture a second, to be encoded",
    content: () => ({ video: media.bytes("1.webm", ...moving(8, 1), ...VP8) }),
    seconds: 8,
    picture: { frames: 8, rate: 1, copied: false, size: [320, 240] },
    sound: null,
  },
  {
    name: "a phone held upright: rotation in the display matrix of a fragmented MP4",
    content: () => {
      const flat = media.make("flat.mp4", ...moving(2, 25), ...H264);
      return {
        video: media.bytes("turned.mp4", "-i", flat, "-c", "copy", "-metadata:s:v:0", "rotate=270", ...FRAGMENTED),
      };
    },
    seconds: 2,
    picture: { frames: 50, rate: 25, copied: false, size: [240, 320] },
    sound: null,
  },
  {
    name: "PCM of 32-bit floats in WebM's own container, as Chromium records it",
    content: () => ({ audio: media.bytes("float.mkv", ...tone(2), "-c:a", "pcm_f32le") }),
    seconds: 2,
    picture: null,
    sound: "encoded",
  },
  {
    name: "PCM of 16 bits, mono, 44.1 kHz",
    content: () => ({
      audio: media.bytes("s16.mkv", ...tone(2), "-ar", "44100", "-ac", "1", "-c:a", "pcm_s16le"),
    }),
    seconds: 2,
    picture: null,
    sound: "encoded",
  },
];

beforeAll(async () => {
  services = await openTestServices({ COMPILE_CONCURRENCY: "2" });
  worker = await startWorker(services);
  media = await createMediaMaker();
  const { userId } = await addUser(services);
  for (const { name, content } of SHAPES) ids.set(name, await addRecording(services, userId, content()));
});

afterAll(async () => {
  await worker.close();
  await services.dispose();
  await media.dispose();
});

describe.each(SHAPES)("$name", ({ name, seconds, picture, sound }) => {
  let recording: RecordingWithParts;
  let mp4: string;

  beforeAll(async () => {
    recording = await reach(services, ids.get(name) as string);
    expect(recording).toMatchObject({ state: "ready", failureMessage: null, gaps: [] });
    mp4 = mp4Of(services, recording);
  });

  test("is the MP4 it should be", () => {
    expect(decodingErrors(mp4)).toBe("");
    const video = videoOf(mp4);
    if (picture === null) expect(video).toBeUndefined();
    else {
      const profile = picture.copied ? "Constrained Baseline" : "High";
      const [width, height] = picture.size;
      expect(video).toMatchObject({ codec_name: "h264", profile, pix_fmt: "yuv420p", width, height });
      expect(Number(video?.start_time)).toBe(0);
      const times = pictureTimesMs(mp4);
      expect(times).toHaveLength(picture.frames);
      const before = pictureTimesMs(services.folder.file(recording.id, "video.webm"));
      const furthestMs = Math.max(...times.map((time, index) => Math.abs(time - (before[index] as number))));
      expect(furthestMs).toBeLessThanOrEqual(TIME_TOLERANCE_MS);
    }
    const audio = audioOf(mp4);
    if (sound === null) expect(audio).toBeUndefined();
    else {
      expect(audio).toMatchObject({ codec_name: "aac", channels: sound === "copied" ? 1 : 2 });
      expect(Math.abs(Number(audio?.duration) - seconds) * 1000).toBeLessThanOrEqual(SOUND_TOLERANCE_MS);
    }
    const stepMs = picture === null ? 0 : 1000 / picture.rate;
    expect(Math.abs((recording.durationMs as number) - seconds * 1000)).toBeLessThanOrEqual(
      stepMs + SOUND_TOLERANCE_MS,
    );
  });
});
