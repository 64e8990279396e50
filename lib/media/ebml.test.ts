import fc from "fast-check";
import { expect, test } from "vitest";
import { readAscii, readChildren, readElementHeader, readUnsigned, readVint } from "@/lib/media/ebml";
import { ascii, element } from "@/tests/support/matroska-builder";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("numbers of every length are read as RFC 8794 §4.4 writes them", () => {
  // The same 2 in one, two and eight bytes.
  expect(readVint(bytes(0x82), 0)).toEqual({ value: 2, length: 1, isAllOnes: false });
  expect(readVint(bytes(0x40, 0x02), 0)).toEqual({ value: 2, length: 2, isAllOnes: false });
  expect(readVint(bytes(0x01, 0, 0, 0, 0, 0, 0, 2), 0)).toEqual({ value: 2, length: 8, isAllOnes: false });
});

test("all ones say that a size is unknown, in one byte as in eight", () => {
  expect(readElementHeader(bytes(0x1f, 0x43, 0xb6, 0x75, 0xff), 0)).toMatchObject({ contentBytes: null });
  const eight = bytes(0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  expect(readElementHeader(eight, 0)).toEqual({
    id: 0x18538067,
    headerBytes: 12,
    sizeFieldBytes: 8,
    contentBytes: null,
  });
});

test("what is cut off, has no length marker, or exceeds 2^53 - 1 is no header", () => {
  expect(readElementHeader(bytes(), 0)).toBeNull();
  expect(readElementHeader(bytes(0x1a, 0x45), 0)).toBeNull();
  expect(readElementHeader(bytes(0xa3), 0)).toBeNull();
  expect(readElementHeader(bytes(0x00, 0x80), 0)).toBeNull();
  expect(readElementHeader(bytes(0x08, 0, 0, 0, 0x80), 0)).toBeNull();
  expect(readElementHeader(bytes(0xa3, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe), 0)).toBeNull();
});

test("any bytes are either a header within their bounds or none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (content) => {
      const header = readElementHeader(content, 0);
      if (header === null) return;
      expect(header.headerBytes).toBeLessThanOrEqual(content.length);
      expect(header.contentBytes === null || Number.isSafeInteger(header.contentBytes)).toBe(true);
    }),
  );
});

test("values and children are read, and children end where one is cut off", () => {
  expect(readUnsigned(bytes())).toBe(0);
  expect(readUnsigned(bytes(0x0f, 0x42, 0x40))).toBe(1_000_000);
  expect(readAscii(Uint8Array.from([...ascii("A_OPUS"), 0, 0]))).toBe("A_OPUS");
  const children = element(0xae, element(0xd7, [1]), element(0x83, [2])).subarray(5);
  expect([...readChildren(children)].map(({ id, content }) => [id, ...content])).toEqual([
    [0xd7, 1],
    [0x83, 2],
  ]);
  expect([...readChildren(children.subarray(0, children.length - 1))]).toHaveLength(1);
});
