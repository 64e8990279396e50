import { describe, expect, test } from "vitest";
import type { AccessUnit } from "@/lib/media/rtsp/access-unit";
import { GarbledStream, InterleavedReader } from "@/lib/media/rtsp/interleaved-reader";
import { emptyPacket, parseRtp, SequenceWatch } from "@/lib/media/rtsp/rtp";
import { header, parseInterleaved, parseRtpInfo, parseSession, writeRequest } from "@/lib/media/rtsp/rtsp-message";
import { controlUrl, parseSdp } from "@/lib/media/rtsp/sdp";
import { SessionClock, TrackClock } from "@/lib/media/rtsp/session-clock";
import { H264_RULES, VideoDepacketizer } from "@/lib/media/rtsp/video-depacketizer";

const ascii = (text: string) => new TextEncoder().encode(text);

function frame(channel: number, payload: number[]): Uint8Array {
  return Uint8Array.of(0x24, channel, payload.length >> 8, payload.length & 0xff, ...payload);
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("an interleaved connection", () => {
  const stream = join(
    ascii(
      "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\nWWW-Authenticate: Digest a\r\nWWW-Authenticate: Basic b\r\n\r\nhello",
    ),
    frame(0, [1, 2, 3]),
    frame(1, []),
    ascii("\r\nOPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n"),
    frame(
      2,
      Array.from({ length: 3000 }, (_, index) => index & 0xff),
    ),
  );

  test.each([1, 2, 3, 7, 64, 1000, 1_000_000])("is the same in pieces of %i bytes", (size) => {
    const seen: unknown[] = [];
    const reader = new InterleavedReader({
      onPacket: (channel, bytes, start, end) => seen.push([channel, [...bytes.subarray(start, end)]]),
      onMessage: (message) => seen.push([message.status, message.method, message.body, header(message, "cseq")]),
    });
    for (let at = 0; at < stream.length; at += size) {
      const piece = stream.slice(at, at + size);
      reader.take(piece, piece.length);
    }
    expect(seen).toEqual([
      [200, "", "hello", "1"],
      [0, [1, 2, 3]],
      [1, []],
      [null, "OPTIONS", "", "9"],
      [2, Array.from({ length: 3000 }, (_, index) => index & 0xff)],
    ]);
  });

  test("ends where it cannot be followed", () => {
    const reader = new InterleavedReader({ onPacket() {}, onMessage() {} });
    expect(() => reader.take(Uint8Array.of(1, 2, 3), 3)).toThrow(GarbledStream);
    expect(() => reader.take(ascii("HELLO world\r\n\r\n"), 15)).toThrow(GarbledStream);
  });
});

test("headers are read as cameras write them", () => {
  expect(parseSession("12345;timeout=30")).toEqual({ id: "12345", timeoutSeconds: 30 });
  expect(parseInterleaved("RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=1")).toEqual({ rtp: 2, rtcp: 3 });
  expect(parseRtpInfo('url=rtsp://a/t=1;seq=5;rtptime=4294967295,url="rtsp://a/t=2";rtptime=7')).toEqual([
    { url: "rtsp://a/t=1", rtpTime: 4_294_967_295 },
    { url: "rtsp://a/t=2", rtpTime: 7 },
  ]);
  expect(writeRequest("PLAY", "rtsp://a", 3, { Session: "x\r\nEvil: 1", Range: undefined })).toBe(
    "PLAY rtsp://a RTSP/1.0\r\nCSeq: 3\r\nSession: xEvil: 1\r\n\r\n",
  );
});

test("a description tells of its media", () => {
  const { media, control } = parseSdp(
    "v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0I=,aM4=\r\na=control:trackID=1\r\nm=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\nm=application 0 RTP/AVP 107\r\n",
  );
  expect(control).toBe("*");
  expect(media.map(({ kind, encoding, clockRate, control: at }) => [kind, encoding, clockRate, at])).toEqual([
    ["video", "H264", 90_000, "trackID=1"],
    ["audio", "PCMA", 8000, "trackID=2"],
  ]);
  expect(media[0]?.parameters.get("sprop-parameter-sets")).toBe("Z0I=,aM4=");
  expect(controlUrl("rtsp://a/b/", "t=1")).toBe("rtsp://a/b/t=1");
  expect(controlUrl("rtsp://a/b", "t=1")).toBe("rtsp://a/b/t=1");
  expect(controlUrl("rtsp://a/b", "*")).toBe("rtsp://a/b");
});

describe("pictures from packets", () => {
  function collect() {
    const pictures: { bytes: number[]; isKey: boolean; timestamp: number }[] = [];
    const depacketizer = new VideoDepacketizer(H264_RULES, [], {
      onPicture: ({ bytes, length, isKey, timestamp }: AccessUnit) =>
        pictures.push({ bytes: [...bytes.subarray(0, length)], isKey, timestamp }),
      onParameterSets() {},
    });
    const watch = new SequenceWatch();
    const push = (sequence: number, timestamp: number, payload: number[], marker = false) => {
      const bytes = new Uint8Array(12 + payload.length);
      bytes.set([0x80, (marker ? 0x80 : 0) | 96, sequence >> 8, sequence & 0xff]);
      new DataView(bytes.buffer).setUint32(4, timestamp);
      bytes.set(payload, 12);
      const packet = emptyPacket();
      expect(parseRtp(bytes, 0, bytes.length, packet)).toBe(true);
      depacketizer.push(bytes, packet, watch.note(sequence));
    };
    return { pictures, depacketizer, push };
  }

  test("are put together from single units, aggregations and fragments", () => {
    const { pictures, depacketizer, push } = collect();
    push(65_535, 100, [0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2]);
    push(0, 100, [0x7c, 0x85, 3]);
    push(1, 100, [0x7c, 0x05, 4]);
    push(2, 100, [0x7c, 0x45, 5], true);
    push(3, 200, [0x41, 6], true);
    depacketizer.flush();
    expect(pictures).toEqual([
      { isKey: true, timestamp: 100, bytes: [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 3, 4, 5] },
      { isKey: false, timestamp: 200, bytes: [0, 0, 0, 1, 0x41, 6] },
    ]);
    expect(depacketizer.parameterSets.map((unit) => [...unit])).toEqual([
      [0x67, 1],
      [0x68, 2],
    ]);
  });

  test("that lost a packet are left out, and only those", () => {
    const { pictures, depacketizer, push } = collect();
    push(1, 100, [0x41, 1], true);
    push(2, 200, [0x7c, 0x81, 2]);
    push(4, 200, [0x7c, 0x41, 4], true);
    push(5, 300, [0x41, 5], true);
    push(7, 400, [0x41, 7], true);
    depacketizer.flush();
    expect(pictures.map(({ timestamp }) => timestamp)).toEqual([100, 300, 400]);
    expect(depacketizer.damaged).toBe(1);
  });
});

describe("the clock of a session", () => {
  test("goes on as time goes by when the camera's jumps, and over the wrap of timestamps", () => {
    const clock = new TrackClock(90_000);
    expect(clock.ticks(4_294_967_000, 0)).toBe(0);
    expect(clock.ticks((4_294_967_000 + 3600) >>> 0, 40)).toBe(3600);
    expect(clock.ticks((4_294_967_000 + 7200 + 3600 * 90_000) >>> 0, 80)).toBe(7200);
    expect(clock.jumps).toBe(1);
    expect(clock.ticks((4_294_967_000 + 10_800 + 3600 * 90_000) >>> 0, 120)).toBe(10_800);
  });

  test("takes pictures that come late in a heap for what they are", () => {
    const clock = new TrackClock(90_000);
    clock.ticks(0, 0);
    expect(clock.ticks(3600, 9000)).toBe(3600);
    expect(clock.ticks(7200, 9001)).toBe(7200);
    expect(clock.jumps).toBe(0);
  });

  test("puts the sound beside the picture by the sender's reports", () => {
    const clock = new SessionClock(new TrackClock(90_000), new TrackClock(48_000));
    clock.video.ticks(1000, 0);
    clock.audio?.ticks(5000, 0);
    clock.note("video", { ssrc: 1, ntpMs: 1_000_000, timestamp: 1000 });
    // By the report, the first sound belongs 100 ms behind the first picture.
    expect(clock.note("audio", { ssrc: 2, ntpMs: 1_000_100, timestamp: 5000 })).toBeCloseTo(100);
    expect(clock.audio?.ticks(5480, 10)).toBe(9900);
  });
});
