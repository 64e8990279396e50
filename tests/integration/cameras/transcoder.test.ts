/** The transcoder of cameras when it cannot do its work: it says so once, and leaves nothing behind. */
import { expect, test, vi } from "vitest";
import { parseSdp } from "@/lib/media/rtsp/sdp";
import { eventually } from "@/tests/support/eventually";
import { VideoTranscoder } from "@/worker/capture/rtsp/video-transcoder";

const [JPEG] = parseSdp("v=0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n").media;

function open(ffmpegPath: string) {
  if (JPEG === undefined) throw new Error("no media");
  const onFailure = vi.fn();
  const sink = { onPicture: vi.fn(), onParameterSets: vi.fn() };
  return {
    transcoder: new VideoTranscoder({ FFMPEG_PATH: ffmpegPath, COMPILE_MAX_PIXELS: 1_000_000 }, JPEG, sink, onFailure),
    onFailure,
    sink,
  };
}

test("a program that fails is told once, in words", async () => {
  const { transcoder, onFailure } = open("/bin/false");
  await eventually(() => expect(onFailure).toHaveBeenCalled());
  await transcoder.finish();
  expect(onFailure.mock.calls).toEqual([
    [expect.objectContaining({ code: "unsupported", message: "The camera's picture (JPEG) could not be made H.264." })],
  ]);
});

test("a stream that ends before it has brought a picture is no failure of the transcoder", async () => {
  const { transcoder, onFailure, sink } = open("ffmpeg");
  await transcoder.finish();
  expect(onFailure).not.toHaveBeenCalled();
  expect(sink.onPicture).not.toHaveBeenCalled();
});

test("closed before it has begun, it begins nothing", async () => {
  const { transcoder, onFailure } = open("/bin/false");
  transcoder.close();
  await transcoder.finish();
  expect(onFailure).not.toHaveBeenCalled();
});
