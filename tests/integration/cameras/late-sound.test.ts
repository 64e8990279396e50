/** An encoder that gives the sound of a camera late: it is in the segment it belongs to all the same, beside its pictures. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { annexB } from "@/lib/media/rtsp/access-unit";
import { parseSdp } from "@/lib/media/rtsp/sdp";
import { TICKS_PER_MS } from "@/lib/media/rtsp/session-clock";
import { CamerasFolder } from "@/lib/server/storage/cameras-folder";
import { RecordingsFolder } from "@/lib/server/storage/recordings-folder";
import { probeFile } from "@/tests/integration/compile/media-facts";
import { makePictures } from "@/tests/support/fake-camera";
import { ChunkPool } from "@/worker/capture/chunk-pool";
import { chooseMedia } from "@/worker/capture/rtsp/choose-media";
import type { FinishedSegment } from "@/worker/capture/segment-writer";
import { StreamRecorder } from "@/worker/capture/stream-recorder";

const CAMERA = "late";
const DESCRIPTION = [
  ...["v=0", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:video"],
  ...["m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=control:audio", ""],
].join("\r\n");
const PICTURE_TICKS = 3600;
/** At 8 kHz as long as a picture: 40 ms. */
const PACKET_SAMPLES = 320;
const SEGMENT_SECONDS = 2;
/** The encoder begins so late, when the recorder is two segments on. */
const LATE_SECONDS = 2;
/** A frame of AAC at 8 kHz is 128 ms; the encoder puts one before the sound. */
const FRAME_SECONDS = 0.128;

let root: string;
let slowEncoder: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "tapedeck-late-"));
  slowEncoder = path.join(root, "slow-ffmpeg");
  await writeFile(slowEncoder, `#!/bin/sh\nsleep ${LATE_SECONDS}\nexec ffmpeg "$@"\n`);
  await chmod(slowEncoder, 0o755);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test("sound that is encoded late is in its own segment, none is missing, and segments are told in their order", async () => {
  const pictures = await makePictures({ seconds: 7 });
  const media = chooseMedia(parseSdp(DESCRIPTION), true);
  const folder = new CamerasFolder(new RecordingsFolder(root));
  let nowMs = 0;
  const told: string[] = [];
  const finished: FinishedSegment[] = [];
  const firstSets = (pictures[0] ?? []).filter((unit) => [7, 8].includes((unit[0] as number) & 0x1f));
  const recorder = new StreamRecorder(
    {
      ...{ folder, cameraId: CAMERA, pool: new ChunkPool(), ffmpegPath: slowEncoder, cause: null },
      segmentMs: SEGMENT_SECONDS * 1000,
      now: () => nowMs,
      onSegmentOpen: (filename) => void told.push(`open ${filename}`),
      onSegment: async (segment) => {
        told.push(`finished ${segment.filename}`);
        finished.push(segment);
      },
      onKeyFrame: () => {},
      onDurable: () => {},
      onSoundFailure: (error) => expect(error).toBeNull(),
      onFailure: (error) => expect(error).toBeNull(),
    },
    media,
    () => firstSets,
  );
  const samples = new Uint8Array(PACKET_SAMPLES).fill(0x55);
  for (const [index, units] of pictures.entries()) {
    const pts = index * PICTURE_TICKS;
    nowMs = pts / TICKS_PER_MS;
    const bytes = annexB(units);
    const isKey = units.some((unit) => ((unit[0] as number) & 0x1f) === 5);
    recorder.picture(
      { bytes, length: bytes.length, timestamp: pts, isKey, hasParameterSets: isKey, hasDelimiter: false },
      pts,
      performance.now(),
    );
    recorder.sound(samples, 0, PACKET_SAMPLES, pts);
  }
  await recorder.close();

  expect(finished.length).toBeGreaterThanOrEqual(3);
  expect(told).toEqual(finished.flatMap(({ filename }) => [`open ${filename}`, `finished ${filename}`]));
  let seconds = 0;
  for (const { filename, durationMs } of finished) {
    const { streams } = probeFile(folder.file(CAMERA, filename));
    const [picture, heard] = ["video", "audio"].map((kind) => streams.find(({ codec_type }) => codec_type === kind));
    const beginsLate = Number(heard?.start_time) - Number(picture?.start_time);
    expect(Math.abs(beginsLate)).toBeLessThanOrEqual(FRAME_SECONDS + 0.001);
    expect(Math.abs(Number(heard?.duration) - durationMs / 1000)).toBeLessThanOrEqual(2 * FRAME_SECONDS);
    seconds += Number(heard?.duration);
  }
  // All of it, to the frame that the encoder puts before, the last that is filled up, and what no key frame begins with.
  expect(Math.abs(seconds - pictures.length / 25)).toBeLessThanOrEqual(2 * FRAME_SECONDS);
});
