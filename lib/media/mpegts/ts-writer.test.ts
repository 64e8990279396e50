import { expect, test } from "vitest";
import { adtsHeader } from "@/lib/media/adts";
import { DecodeOrder } from "@/lib/media/mpegts/decode-order";
import { pesStarts } from "@/lib/media/mpegts/read-times";
import { shiftTimes } from "@/lib/media/mpegts/shift-times";
import { AUDIO_PID, sectionCrc, TS_PACKET_BYTES, VIDEO_PID } from "@/lib/media/mpegts/ts-tables";
import { opusControlHeader, type PacketOutput, TsWriter } from "@/lib/media/mpegts/ts-writer";

function memoryOutput(): PacketOutput {
  return { buffer: new Uint8Array(1024 * TS_PACKET_BYTES), at: 0, reserve() {} };
}

/** The payload of a stream, put together from its packets. */
function payloadOf(bytes: Uint8Array, pid: number): number[] {
  const payload: number[] = [];
  for (let at = 0; at < bytes.length; at += TS_PACKET_BYTES) {
    expect(bytes[at]).toBe(0x47);
    if (((((bytes[at + 1] as number) & 0x1f) << 8) | (bytes[at + 2] as number)) !== pid) continue;
    const start = at + 4 + (((bytes[at + 3] as number) & 0x20) !== 0 ? 1 + (bytes[at + 4] as number) : 0);
    payload.push(...bytes.subarray(start, at + TS_PACKET_BYTES));
  }
  return payload;
}

test.each([1, 150, 157, 158, 165, 183, 184, 185, 1000, 70_000])(
  "a picture of %i bytes comes out as it went in",
  (size) => {
    const output = memoryOutput();
    const writer = new TsWriter(output, { video: "h264", audio: null });
    const picture = Uint8Array.from({ length: size }, (_, index) => index % 251);
    const prefix = Uint8Array.of(0, 0, 0, 1, 9, 0xf0);
    writer.writeTables();
    writer.writePicture({ prefix, bytes: picture, start: 0, end: size, pts: 93_600, dts: 90_000, isKey: true });
    const bytes = output.buffer.subarray(0, output.at);
    expect(bytes.length % TS_PACKET_BYTES).toBe(0);
    expect(payloadOf(bytes, VIDEO_PID).slice(19)).toEqual([...prefix, ...picture]);
    expect([...pesStarts(bytes)]).toEqual([
      { offset: 2 * TS_PACKET_BYTES, pid: VIDEO_PID, pts: 93_600, dts: 90_000, isKey: true },
    ]);
  },
);

test("times are moved in place, beyond 32 bits too", () => {
  const output = memoryOutput();
  const writer = new TsWriter(output, { video: "h265", audio: { codec: "aac", channels: 2 } });
  writer.writePicture({
    prefix: null,
    bytes: new Uint8Array(10),
    start: 0,
    end: 10,
    pts: 5000,
    dts: 2000,
    isKey: false,
  });
  writer.writeSound(new Uint8Array(7), new Uint8Array(300), 0, 300, 4000);
  const bytes = output.buffer.subarray(0, output.at);
  shiftTimes(bytes, 2 ** 32);
  expect([...pesStarts(bytes)].map(({ pid, pts, dts }) => [pid, pts - 2 ** 32, dts - 2 ** 32])).toEqual([
    [VIDEO_PID, 5000, 2000],
    [AUDIO_PID, 4000, 4000],
  ]);
});

test("the checksum of sections is that of the standard", () => {
  expect(sectionCrc(new TextEncoder().encode("123456789"))).toBe(0x0376e6e7);
});

test("headers of sound say how long it is", () => {
  const header = adtsHeader({ objectType: 2, frequencyIndex: 3, channels: 2 }, 93, new Uint8Array(7));
  expect([...header]).toEqual([0xff, 0xf1, 0x4c, 0x80, 0x0c, 0x9f, 0xfc]);
  expect([...opusControlHeader(300)]).toEqual([0x7f, 0xe0, 0xff, 45]);
  expect([...opusControlHeader(255)]).toEqual([0x7f, 0xe0, 0xff, 0]);
});

test("pictures are decoded in the order they come, never later than they are shown", () => {
  const order = new DecodeOrder(2);
  // I P B B P B B, in ticks of 25 pictures a second.
  const shown = [0, 3, 1, 2, 6, 4, 5].map((index) => 10_000 + 3600 * index);
  const decoded = shown.map((pts) => order.next(pts));
  for (const [index, dts] of decoded.entries()) {
    expect(dts).toBeLessThanOrEqual(shown[index] as number);
    if (index > 0) expect(dts).toBeGreaterThan(decoded[index - 1] as number);
  }
  const inOrder = new DecodeOrder(0);
  expect([0, 3600, 7200].map((pts) => inOrder.next(pts))).toEqual([0, 3600, 7200]);
});
