import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, FrameReader, type MjpegFrame } from "@/lib/media/mjpeg/frame-reader";

const LIMITS = { maxFrameBytes: 100_000, maxPixels: 1_000_000 };

/** A picture with a thumbnail in its application data, stuffed bytes, a restart, and two scans; `mark` tells them apart. */
function jpeg(mark: number, { width = 640, height = 480, end = true, dataBytes = 400 } = {}): Buffer {
  const thumbnail = [0xff, 0xd8, 0xff, 0xda, 0x00, 0x02, 0x11, 0xff, 0xd9];
  const data = Array.from({ length: dataBytes }, (_, index) => (index * 7 + mark) % 251);
  return Buffer.from([
    ...[0xff, 0xd8, 0xff, 0xe1, 0x00, thumbnail.length + 2, ...thumbnail],
    ...[0xff, 0xc2, 0x00, 0x0b, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0],
    ...[0xff, 0xda, 0x00, 0x08, 1, 1, 0, 0, 63, 0, ...data, 0xff, 0x00, mark, 0xff, 0xd0, 0x12],
    ...[0xff, 0xda, 0x00, 0x08, 1, 1, 0, 0, 63, 0, ...data, 0xff, 0xff, 0xd9].slice(0, end ? undefined : -3),
  ]);
}

const PICTURES = [1, 2, 3, 4].map((mark) => jpeg(mark));

/** How servers put a picture into the stream; `b` is what the header announces. */
const DIALECTS: Record<string, { boundary: string | null; part: (picture: Buffer) => Buffer; end?: string }> = {
  "as the standard has it": part("--tape-part\r\nContent-Type: image/jpeg\r\nContent-Length: {n}\r\n\r\n", "\r\n"),
  "without a length": part("--tape-part\r\nContent-Type: image/jpeg\r\n\r\n", "\r\n"),
  "a boundary announced with its dashes": part(
    "--tape-part\r\nContent-Type: image/jpeg\r\n\r\n",
    "\r\n",
    "--tape-part",
  ),
  "a boundary sent without dashes": part("tape-part\r\nContent-Length: {n}\r\n\r\n", "\r\n"),
  "lines that end with LF alone": part("--tape-part\nContent-type: image/jpeg\nContent-length:{n}\n\n", "\n"),
  "no empty line before the boundary": part("--tape-part\r\nContent-Length: {n}\r\n\r\n", ""),
  "another boundary than announced": part("--another\r\nContent-Type: image/jpeg\r\n\r\n", "\r\n"),
  "no boundary at all": part("", "", null),
  "nothing announced": part("--tape-part\r\nContent-Length: {n}\r\n\r\n", "\r\n", null),
  "a length that is too short": part("--tape-part\r\nContent-Length: 100\r\n\r\n", "\r\n"),
  "a length that is too long": part("--tape-part\r\nContent-Length: 5000\r\n\r\n", "\r\n"),
  "a length that is a lie": part("--tape-part\r\nContent-Length: 9999999999\r\n\r\n", "\r\n"),
  "fill bytes within the length": {
    boundary: "tape-part",
    part: (picture) =>
      Buffer.concat([
        Buffer.from(`--tape-part\r\nContent-Length: ${picture.length + 8}\r\n\r\n`),
        picture,
        Buffer.alloc(8),
        Buffer.from("\r\n"),
      ]),
  },
  "headers of its own": part("--tape-part\r\nX-Timestamp: 1.5\r\nContent-Length: {n}\r\nX-Motion: 0\r\n\r\n", "\r\n"),
};

function part(before: string, after: string, boundary: string | null = "tape-part") {
  return {
    boundary,
    part: (picture: Buffer) =>
      Buffer.concat([Buffer.from(before.replace("{n}", String(picture.length))), picture, Buffer.from(after)]),
  };
}

function read(boundary: string | null, stream: Buffer, cuts: number[] = [], limits = LIMITS) {
  const frames: MjpegFrame[] = [];
  const reader = new FrameReader(boundary, limits, (frame) => frames.push(frame));
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    reader.take(Buffer.from(stream.subarray(from, cut)), from);
    from = cut;
  }
  reader.take(Buffer.from(stream.subarray(from)), from);
  return { frames, skipped: reader.skipped };
}

describe("pictures of a motion JPEG stream", () => {
  it.each(Object.keys(DIALECTS))("come out whole: %s", (name) => {
    const { boundary, part: toPart } = DIALECTS[name] as (typeof DIALECTS)[string];
    // The last one waits for the start of the next where a length promises more.
    const stream = Buffer.concat([...PICTURES, jpeg(5)].map(toPart));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 30 }), (cuts) => {
        const { frames, skipped } = read(boundary, stream, cuts);
        expect(frames.slice(0, 4).map((frame) => frame.jpeg.toString("hex"))).toEqual(
          PICTURES.map((picture) => picture.toString("hex")),
        );
        expect(frames[0]?.size).toEqual({ width: 640, height: 480 });
        expect(skipped.broken).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it("tell when their first byte arrived", () => {
    const stream = Buffer.concat([jpeg(1), jpeg(2)]);
    const at = jpeg(1).length;
    expect(read(null, stream, [10, at, at + 20]).frames.map(({ arrivedAtMs }) => arrivedAtMs)).toEqual([0, at]);
  });

  it("that are cut off are left out, and the next one is whole", () => {
    const { part: toPart } = DIALECTS["as the standard has it"] as (typeof DIALECTS)[string];
    const cut = toPart(jpeg(1)).subarray(0, 300);
    const { frames, skipped } = read("tape-part", Buffer.concat([cut, toPart(jpeg(2)), toPart(jpeg(3))]));
    expect(frames.map(({ jpeg: bytes }) => bytes)).toEqual([jpeg(2), jpeg(3)]);
    expect(skipped.broken).toBe(1);
  });

  it("without an end of their own end at the boundary", () => {
    const { part: toPart } = DIALECTS["without a length"] as (typeof DIALECTS)[string];
    const open = jpeg(1, { end: false });
    const { frames, skipped } = read("tape-part", Buffer.concat([toPart(open), toPart(jpeg(2))]));
    expect(frames.map(({ jpeg: bytes }) => bytes)).toEqual([Buffer.concat([open, Buffer.from([0xff, 0xd9])]), jpeg(2)]);
    expect(skipped.broken).toBe(0);
  });

  it("that are larger than allowed are left out", () => {
    const { part: toPart } = DIALECTS["without a length"] as (typeof DIALECTS)[string];
    const pictures = [jpeg(1, { width: 5000, height: 5000 }), jpeg(2), jpeg(3, { dataBytes: 5000 }), jpeg(4)];
    const { frames, skipped } = read("tape-part", Buffer.concat(pictures.map(toPart)), [100, 2000, 5000, 9000], {
      ...LIMITS,
      maxFrameBytes: 4000,
    });
    expect(frames.map(({ jpeg: bytes }) => bytes)).toEqual([jpeg(2), jpeg(4)]);
    expect(skipped.broken).toBeGreaterThanOrEqual(2);
  });

  it("are found in garbage, whose amount is bounded and counted", () => {
    const garbage = Buffer.alloc(200_000, 0xa5);
    const { frames, skipped } = read(
      "tape-part",
      Buffer.concat([garbage, jpeg(1), garbage, jpeg(2)]),
      [50_000, 150_000, 300_000],
    );
    expect(frames.map(({ jpeg: bytes }) => bytes)).toEqual([jpeg(1), jpeg(2)]);
    expect(skipped.garbageBytes).toBe(400_000);
  });

  it("are not made of whatever bytes come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), (pieces) => {
        const reader = new FrameReader("tape-part", LIMITS, () => {});
        for (const piece of pieces) reader.take(Buffer.from([0xff, 0xd8, 0xff, ...piece]), 0);
        return true;
      }),
    );
  });
});

describe("the boundary", () => {
  it.each([
    ["multipart/x-mixed-replace;boundary=frame", "frame"],
    ['multipart/x-mixed-replace; boundary="--my boundary"', "--my boundary"],
    ["multipart/x-mixed-replace; Boundary = --frame; charset=x", "--frame"],
    ["image/jpeg", null],
  ])("of %s is %s", (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
