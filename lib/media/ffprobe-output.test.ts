import { expect, test } from "vitest";
import { parseKeyFrameSize, parsePacketLine, parseProbe } from "@/lib/media/ffprobe-output";

const VIDEO = { index: 0, codec_type: "video", codec_name: "h264", width: 1280, height: 720, pix_fmt: "yuv420p" };
const PARAMETERS = { extradata_hash: "SHA256:1234", color_space: "bt709", color_transfer: "bt2020-10" };
const AUDIO = { index: 1, codec_type: "audio", codec_name: "opus", start_time: "0.047000" };

test("the first stream of each kind, and how much later it begins than the file", () => {
  const json = JSON.stringify({
    streams: [
      { ...VIDEO, start_time: "0.000000", has_b_frames: 2, ...PARAMETERS },
      AUDIO,
      { ...VIDEO, index: 2, width: 10 },
    ],
    format: { start_time: "0.000000", duration: "20.5" },
  });
  expect(parseProbe(json)).toEqual({
    video: {
      index: 0,
      codec: "h264",
      startMs: 0,
      durationMs: null,
      packets: null,
      size: { width: 1280, height: 720 },
      isRotated: false,
      pixelFormat: "yuv420p",
      hasReorderedFrames: true,
      colors: { space: "bt709", transfer: "unknown", primaries: "unknown" },
      parameters: "SHA256:1234",
    },
    audio: { index: 1, codec: "opus", startMs: 47, durationMs: null, packets: null },
    streams: 3,
    durationMs: 20_500,
  });
});

test("a picture on its side has the size in which it is shown", () => {
  const json = JSON.stringify({ streams: [{ ...VIDEO, side_data_list: [{ rotation: -90 }] }], format: {} });
  expect(parseProbe(json).video).toMatchObject({ size: { width: 720, height: 1280 }, isRotated: true });
});

test("what ffprobe does not know is not known", () => {
  const json = JSON.stringify({
    streams: [{ index: 0, codec_type: "data", duration: "N/A" }],
    format: { duration: "N/A" },
  });
  expect(parseProbe(json)).toEqual({ video: null, audio: null, streams: 1, durationMs: null });
  expect(() => parseProbe('{"streams": [')).toThrow();
});

test("a line of a packet is read whatever the order of its fields; one without a time is not", () => {
  expect(parsePacketLine("stream_index=1|pts_time=0.070000|size=1111|pos=2026|flags=K_")).toEqual({
    streamIndex: 1,
    timestampMs: 70,
    keyframe: true,
    startBytes: 2026,
    endBytes: 3137,
  });
  expect(parsePacketLine("stream_index=0|pts_time=N/A|size=5|pos=7|flags=__")).toBeNull();
  expect(parsePacketLine("")).toBeNull();
});

test("a line of a key frame gives its size", () => {
  expect(parseKeyFrameSize("1280,720")).toEqual({ width: 1280, height: 720 });
  expect(parseKeyFrameSize("1280,720,")).toEqual({ width: 1280, height: 720 });
  expect(parseKeyFrameSize("N/A,N/A")).toBeNull();
});
