import { describe, expect, it } from "vitest";
import { memorySource } from "@/lib/media/byte-source";
import { box, u32, u64 } from "@/lib/media/mp4/boxes";
import { findIndexLast, moveIndexFirst } from "@/lib/media/mp4/index-first";

const FTYP = box("ftyp", [1, 2, 3, 4]);
const MDAT = box("mdat", new Uint8Array(100));

function index(...tables: Uint8Array[]): Buffer {
  const tracks = tables.map((table) => box("trak", box("mdia", box("minf", box("stbl", table)))));
  return Buffer.from(box("moov", box("mvhd", u32(0)), ...tracks));
}

const stco = (...places: number[]) => box("stco", u32(0), u32(places.length), ...places.map(u32));
const co64 = (...places: number[]) => box("co64", u32(0), u32(places.length), ...places.map(u64));

describe("where the index stands", () => {
  it("is found behind the samples", async () => {
    const moov = index(stco(20));
    const file = Buffer.concat([FTYP, MDAT, MDAT, moov]);
    const fromBytes = FTYP.length + 2 * MDAT.length;
    expect(await findIndexLast(memorySource(file))).toEqual({
      headBytes: FTYP.length,
      fromBytes,
      toBytes: fromBytes + moov.length,
    });
  });

  it.each([
    ["first already", [FTYP, index(stco(20)), MDAT]],
    ["nowhere", [FTYP, MDAT]],
    ["before something else", [FTYP, MDAT, index(stco(20)), box("free", [0])]],
    ["in a file without a type", [MDAT, index(stco(20))]],
    ["in a torn file", [FTYP, MDAT, index(stco(20)).subarray(0, -1)]],
    ["in no file at all", [Buffer.from("no MP4")]],
    ["after a box without a size", [FTYP, Buffer.from([0, 0, 0, 0, 0x6d, 0x64, 0x61, 0x74]), index(stco(20))]],
  ])("is not there when it stands %s", async (_, parts) => {
    expect(await findIndexLast(memorySource(Buffer.concat(parts)))).toBeNull();
  });
});

describe("an index that is moved", () => {
  it("names every place of every track behind itself", () => {
    const moov = index(stco(20, 30), co64(2 ** 33, 40));
    const by = moov.length;
    expect(moveIndexFirst(moov)).toBe(true);
    expect(moov.equals(index(stco(20 + by, 30 + by), co64(2 ** 33 + by, 40 + by)))).toBe(true);
  });

  it("stays where it is when 32 bits cannot say the places", () => {
    expect(moveIndexFirst(index(stco(2 ** 32 - 10)))).toBe(false);
  });

  it("is refused when it is damaged", () => {
    const moov = index(stco(20));
    moov.writeUInt32BE(3, 8);
    expect(() => moveIndexFirst(moov)).toThrow(RangeError);
  });
});
