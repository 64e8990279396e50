import { expect, test } from "vitest";
import { parseSdp } from "@/lib/media/rtsp/sdp";
import { canBeTranscoded, describeStream, transcodeArgs } from "@/lib/media/rtsp/transcode";

const DESCRIPTION = [
  ...["v=0", "o=- 1 1 IN IP4 203.0.113.9", "s=Yard", "c=IN IP4 203.0.113.9", "t=0 0", "a=control:rtsp://203.0.113.9/"],
  ...["m=video 5000 RTP/AVP 96", "c=IN IP4 203.0.113.9", "b=AS:2000", "a=rtpmap:96 MP4V-ES/90000"],
  ...["a=fmtp:96 profile-level-id=1;config=000001b001", "a=range:npt=0-", "a=control:rtsp://203.0.113.9/track1"],
  ...["a=key:clear:secret", "m=audio 0 RTP/AVP 0", "a=control:track2", ""],
].join("\r\n");

test("one stream is described with how its packets are read, and without any address of the camera", () => {
  const [video, audio] = parseSdp(DESCRIPTION).media;
  if (video === undefined || audio === undefined) throw new Error("two media");
  expect([canBeTranscoded(video), canBeTranscoded(audio)]).toEqual([true, false]);
  expect(describeStream(video).split("\r\n")).toEqual([
    ...["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"],
    ...["m=video 0 RTP/AVP 96", "a=rtpmap:96 MP4V-ES/90000", "a=fmtp:96 profile-level-id=1;config=000001b001"],
    ...["a=control:0", ""],
  ]);
});

test("FFmpeg may use nothing but TCP to where the stream is served", () => {
  const args = transcodeArgs("rtsp://127.0.0.1:4000/", 1000);
  expect(args.join(" ")).toContain("-protocol_whitelist tcp -rtsp_transport tcp");
  expect(args[args.indexOf("-i") + 1]).toBe("rtsp://127.0.0.1:4000/");
});
