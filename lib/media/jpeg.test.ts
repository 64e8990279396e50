import { expect, test } from "vitest";
import type { AppError } from "@/lib/domain/errors";
import { readJpeg } from "@/lib/media/jpeg";

const limits = { maxBytes: 10_000, maxPixels: 1_000_000 };
const SOI = [0xff, 0xd8];
const EOI = [0xff, 0xd9];
const frame = (width: number, height: number, marker = 0xc0, components = 1) => [
  ...[0xff, marker, 0, 8 + 3 * components, 8, height >> 8, height & 255, width >> 8, width & 255, components],
  ...Array<number>(3 * components).fill(1),
];
const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56];
const app = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 0xff, 0xc0];
const jpeg = (...parts: number[][]) => Uint8Array.from([...SOI, ...parts.flat(), ...EOI]);

function code(bytes: Uint8Array): string {
  try {
    readJpeg(bytes, limits);
    return "taken";
  } catch (error) {
    return (error as AppError).code;
  }
}

test("a whole picture is taken, with the size it says", () => {
  expect(readJpeg(jpeg(app, frame(640, 480), scan), limits)).toEqual({ width: 640, height: 480 });
  expect(readJpeg(jpeg(frame(64, 48, 0xc2, 3), scan, scan), limits)).toEqual({ width: 64, height: 48 });
  expect(code(Uint8Array.from([...jpeg(frame(8, 8), scan), 0, 0]))).toBe("taken");
});

test.each([
  ["not a JPEG", Uint8Array.from(Buffer.from("<html></html>")), "not_jpeg"],
  ["nothing", new Uint8Array(0), "not_jpeg"],
  ["a PNG", Uint8Array.from([0x89, 0x50, 0x4e, 0x47]), "not_jpeg"],
  ["a bomb", jpeg(frame(65_535, 65_535), scan), "snapshot_too_large"],
  ["a bomb behind a small header", jpeg(frame(8, 8), frame(65_535, 65_535), scan), "jpeg_damaged"],
  ["a bomb behind a scan", jpeg(frame(8, 8), scan, frame(65_535, 65_535), scan), "jpeg_damaged"],
  ["a picture without a height", jpeg(frame(8, 0), scan), "jpeg_damaged"],
  ["hundreds of scans", jpeg(frame(8, 8, 0xc2), ...Array<number[]>(300).fill(scan)), "jpeg_unfit"],
  ["a lossless picture", jpeg(frame(8, 8, 0xc3), scan), "jpeg_unfit"],
  ["an arithmetic one", jpeg(frame(8, 8, 0xc9), scan), "jpeg_unfit"],
  ["four colours", jpeg(frame(8, 8, 0xc0, 4), scan), "jpeg_unfit"],
  ["no scan", jpeg(frame(8, 8)), "jpeg_damaged"],
  ["two pictures", Uint8Array.from([...jpeg(frame(8, 8), scan), ...jpeg(frame(8, 8), scan)]), "jpeg_damaged"],
  ["too many bytes", new Uint8Array(10_001), "snapshot_too_large"],
])("%s is refused", (_name, bytes, expected) => {
  expect(code(bytes)).toBe(expected);
});

test("cut off anywhere it is refused, and nothing else happens", () => {
  const whole = jpeg(app, frame(640, 480), scan);
  for (let length = 0; length < whole.length; length += 1) {
    expect(["not_jpeg", "jpeg_truncated"], String(length)).toContain(code(whole.subarray(0, length)));
  }
});
