import { expect, test } from "vitest";
import { looksHeadless, sniffContainer } from "@/lib/media/container";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("WebM and Matroska are told by four bytes, MP4 by its first box", () => {
  expect(sniffContainer(bytes(0x1a, 0x45, 0xdf, 0xa3))).toBe("matroska");
  expect(sniffContainer(bytes(0, 0, 0, 0x24, 0x66, 0x74, 0x79, 0x70))).toBe("mp4");
});

test("what is too short or anything else is neither", () => {
  for (const text of ["", "#EXTM3U\n#EXTINF", "ffconcat version 1.0", "RIFF....WAVE", "OggS"]) {
    expect(sniffContainer(Buffer.from(text))).toBeNull();
  }
  expect(sniffContainer(bytes(0x1a))).toBeNull();
  expect(sniffContainer(bytes(0x1a, 0x45, 0xdf))).toBeNull();
});

test("a cluster or a fragment betrays a recording that lost its beginning", () => {
  expect(looksHeadless(bytes(0x43, 0xb6, 0x75, 0x1f, 0x43, 0xb6, 0x75))).toBe(true);
  expect(looksHeadless(Buffer.from("....moof"))).toBe(true);
  expect(looksHeadless(Buffer.from("#EXTM3U"))).toBe(false);
});
